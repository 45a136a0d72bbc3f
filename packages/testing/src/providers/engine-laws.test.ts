import { describe, expect, test } from "vitest";
import { engineLaws } from "../engine-laws.js";
import { tryEngine } from "./engine-laws.js";
import type { EngineSubject } from "./engine-trial.js";
import { chat, film, picture, speech, vector, type Flaw, type TinyOptions } from "./fixtures/tiny-engine.js";
import { chatBody, filmBody, pictureBody, speechBody, tinyProvider, vectorBody } from "./fixtures/tiny-provider.js";

const key = "sk-tiny-0123456789";
const common = { fake: tinyProvider, input: "Say something.", key };
const options = (baseUrl: string, flaw?: Flaw): TinyOptions => ({ baseUrl, key, flaw });

const chatSubject = (flaw?: Flaw): EngineSubject => ({ ...common, name: "chat", route: "POST /chat", stage: (url) => chat(options(url, flaw)), wholeBody: chatBody.join(""), isStreamed: true });
const pictureSubject = (flaw?: Flaw): EngineSubject => ({ ...common, name: "picture", stage: (url) => picture(options(url, flaw)), wholeBody: JSON.stringify(pictureBody), isStreamed: false });
const filmSubject = (flaw?: Flaw): EngineSubject => ({ ...common, name: "film", route: "GET /films/:id", stage: (url) => film(options(url, flaw)), wholeBody: JSON.stringify(filmBody), isStreamed: false });
const vectorSubject = (flaw?: Flaw): EngineSubject => ({ ...common, name: "vector", stage: (url) => vector(options(url, flaw)), wholeBody: JSON.stringify(vectorBody), isStreamed: false });
const speechSubject = (flaw?: Flaw): EngineSubject => ({ ...common, name: "speech", stage: (url) => speech(options(url, flaw)), wholeBody: Buffer.concat(speechBody), isStreamed: true, hasEndMark: false });

engineLaws(chatSubject());
engineLaws(pictureSubject());
engineLaws(filmSubject());
engineLaws(vectorSubject());
engineLaws(speechSubject());

const tryFlaw = async (subject: (flaw: Flaw) => EngineSubject, flaw: Flaw) => (await tryEngine({ ...subject(flaw), patience: 300 })).filter(({ broken }) => broken !== undefined);

/** What is broken of a chat that takes anything that comes for its reply. */
const anyReply = ["a reply that ends early", "a compressed reply that ends early", "bytes that are mangled", "a page of a proxy", "JSON of another kind", "a reply without a body"];
const statuses = ["each status", "a status with a page", "429"];

describe.concurrent("an engine with a flaw breaks the checks that are about it, and no others", () => {
  test.each<[Flaw, (flaw: Flaw) => EngineSubject, string[]]>([
    ["takes any end", chatSubject, anyReply],
    ["takes any end", speechSubject, ["a reply without a body"]],
    ["takes a cut connection", speechSubject, ["a connection that is closed", "a connection that is reset"]],
    ["takes any document", vectorSubject, ["JSON of another kind"]],
    ["takes any document", pictureSubject, ["JSON of another kind"]],
    ["takes any document", filmSubject, ["JSON of another kind"]],
    ["gives half an event", chatSubject, anyReply.slice(0, -1)],
    ["splits characters", chatSubject, ["cut into single bytes"]],
    ["finishes twice", chatSubject, ["a good reply ends with one finish"]],
    ["tries again", pictureSubject, statuses],
    ["forgets the wait", chatSubject, ["429"]],
    ["knows one status", chatSubject, ["each status", "429"]],
    ["shows the body", chatSubject, ["a key that the provider repeats"]],
    ["keeps the body as cause", chatSubject, ["a key that the provider repeats"]],
    ["shows a page", vectorSubject, ["a page of a proxy"]],
    ["keeps the connection", chatSubject, ["an abort while the provider is silent", "return() while the provider is silent"]],
    ["tells another reason", chatSubject, ["a signal that fired before", "an abort while the provider is silent", "an abort at any step"]],
  ])("%s", async (flaw, subject, expected) => {
    const broken = await tryFlaw(subject, flaw);
    expect(broken.map(({ check }) => expected.find((beginning) => check.startsWith(beginning)) ?? check)).toEqual(expected);
  });
});

describe.concurrent("an engine with a flaw that shows in every call breaks most checks, each for that reason", () => {
  test.each<[Flaw, RegExp, number]>([
    ["leaves a timer", /no timer to be left; there are 1/, 15],
    ["leaves a listener", /no listener to be left on the caller's signal; there are 1/, 15],
    ["requests when called", /expected no request; there are 1|it ended well|after 6 parts/, 15],
  ])("%s", async (flaw, reason, atLeast) => {
    const broken = await tryFlaw(chatSubject, flaw);
    expect([broken.filter(({ broken: how }) => !reason.test(String(how))), broken.length >= atLeast]).toEqual([[], true]);
  });
});

test("a provider that never gets the request of the route is told", async () => {
  const results = await tryEngine({ ...chatSubject(), route: "POST /picture" });
  expect(results[1]?.broken).toBe("expected a request POST /picture to be made; it made 1 others and ended well");
});
