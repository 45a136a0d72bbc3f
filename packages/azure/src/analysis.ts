/** The replies of Azure's vision APIs as what was seen. */
import type { ImageAnalysis } from "@iftk/inference";
import { unexpected } from "./failure.js";

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const fieldsAt = (value: unknown, name: string): Fields | undefined => (isFields(value) && isFields(value[name]) ? value[name] : undefined);
const listAt = (value: unknown, name: string): readonly Fields[] => (isFields(value) && Array.isArray(value[name]) ? value[name].filter(isFields) : []);
const textAt = (value: Fields | undefined, name: string): string | undefined => (typeof value?.[name] === "string" && value[name] !== "" ? value[name] : undefined);
const textsAt = (values: readonly Fields[], name: string): string[] => [...new Set(values.flatMap((value) => textAt(value, name) ?? []))];

type Detection = NonNullable<ImageAnalysis["detections"]>[number];

/** People that are less certain than this are noise: Azure gives many. */
const leastConfidence = 0.5;

/**
 * What a reply of Image Analysis 4.0 tells; a field is there where its feature was asked for.
 *
 * Throws StageError `unavailable`, reason `malformed`, for a reply of another kind.
 */
export function analysisOf(reply: unknown): ImageAnalysis {
  if (!isFields(reply) || (textAt(reply, "modelVersion") === undefined && !fieldsAt(reply, "metadata"))) throw unexpected("an image analysis");
  const caption = textAt(fieldsAt(reply, "captionResult"), "text");
  const dense = fieldsAt(reply, "denseCaptionsResult");
  const tags = fieldsAt(reply, "tagsResult");
  const objects = fieldsAt(reply, "objectsResult");
  const people = fieldsAt(reply, "peopleResult");
  const read = fieldsAt(reply, "readResult");
  const foundObjects = listAt(objects, "values").flatMap((found) => detectionOf(found, listAt(found, "tags")[0]));
  const foundPeople = listAt(people, "values").flatMap((found) => detectionOf(found, { name: "person", confidence: found["confidence"] })).filter(({ confidence = 1 }) => confidence >= leastConfidence);
  return {
    ...(caption !== undefined && { description: caption }),
    ...((caption !== undefined || dense) && { captions: [...new Set([...(caption === undefined ? [] : [caption]), ...textsAt(listAt(dense, "values"), "text")])] }),
    ...(people && { people: foundPeople.map(({ name }) => name) }),
    ...(objects && { objects: [...new Set(foundObjects.map(({ name }) => name))] }),
    ...(tags && { tags: textsAt(listAt(tags, "values"), "name") }),
    ...(read && { textFragments: listAt(read, "blocks").flatMap((block) => listAt(block, "lines").flatMap((line) => textAt(line, "text") ?? [])) }),
    ...((objects || people) && { detections: [...foundObjects, ...foundPeople] }),
  };
}

function detectionOf(found: Fields, label: Fields | undefined): Detection[] {
  const name = textAt(label, "name");
  const { x, y, w, h } = fieldsAt(found, "boundingBox") ?? {};
  if (name === undefined || typeof x !== "number" || typeof y !== "number" || typeof w !== "number" || typeof h !== "number") return [];
  const confidence = label?.["confidence"];
  return [{ name, ...(typeof confidence === "number" && { confidence }), x, y, width: w, height: h }];
}

/**
 * What a reply of the OCR of version 3.2 tells: its lines.
 *
 * Throws StageError `unavailable`, reason `malformed`, for a reply of another kind.
 */
export function linesOf(reply: unknown): ImageAnalysis {
  if (!isFields(reply) || !Array.isArray(reply["regions"])) throw unexpected("what text recognition gives");
  const lines = listAt(reply, "regions").flatMap((region) => listAt(region, "lines"));
  return { textFragments: lines.map((line) => listAt(line, "words").flatMap((word) => textAt(word, "text") ?? []).join(" ")) };
}

/** The version of the model that answered. */
export const modelOf = (reply: unknown): string | undefined => (isFields(reply) ? textAt(reply, "modelVersion") : undefined);
