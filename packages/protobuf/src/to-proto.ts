/** Descriptors as the text of a `.proto` file. */
import { ScalarType } from "@bufbuild/protobuf";
import type { DescEnum, DescField, DescFile, DescMessage, DescMethod, DescService } from "@bufbuild/protobuf";
import { protoCamelCase } from "@bufbuild/protobuf/reflect";

/** The text of a file in proto3, the same for the same descriptors, for those who generate clients. */
export function toProto(file: DescFile): string {
  const blocks = [
    `syntax = "proto3";`,
    `package ${file.proto.package};`,
    file.dependencies.map(({ name }) => `import "${name}.proto";`).join("\n"),
    ...file.services.map(serviceText),
    ...file.enums.map((one) => enumText(one, "")),
    ...file.messages.map((one) => messageText(one, "")),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function serviceText({ name, methods }: DescService): string {
  return `service ${name} {\n${methods.map(methodText).join("\n")}\n}`;
}

function methodText({ name, input, output, methodKind }: DescMethod): string {
  const takes = methodKind === "client_streaming" || methodKind === "bidi_streaming" ? "stream " : "";
  const gives = methodKind === "server_streaming" || methodKind === "bidi_streaming" ? "stream " : "";
  return `  rpc ${name}(${takes}.${input.typeName}) returns (${gives}.${output.typeName});`;
}

function messageText(message: DescMessage, indent: string): string {
  const inner = `${indent}  `;
  const nested = message.nestedMessages.filter(({ proto }) => proto.options?.mapEntry !== true);
  const lines = [
    ...message.nestedEnums.map((one) => enumText(one, inner)),
    ...nested.map((one) => messageText(one, inner)),
    ...message.members.map((member) =>
      member.kind === "oneof" ? `${inner}oneof ${member.name} {\n${member.fields.map((field) => fieldText(field, `${inner}  `)).join("\n")}\n${inner}}` : fieldText(member, inner),
    ),
  ];
  return lines.length === 0 ? `${indent}message ${message.name} {}` : `${indent}message ${message.name} {\n${lines.join("\n")}\n${indent}}`;
}

function enumText({ name, values }: DescEnum, indent: string): string {
  return `${indent}enum ${name} {\n${values.map((value) => `${indent}  ${value.name} = ${value.number};`).join("\n")}\n${indent}}`;
}

function fieldText(field: DescField, indent: string): string {
  const label = field.fieldKind === "list" ? "repeated " : field.proto.proto3Optional ? "optional " : "";
  const json = field.jsonName === protoCamelCase(field.name) ? "" : ` [json_name = ${JSON.stringify(field.jsonName)}]`;
  return `${indent}${label}${typeText(field)} ${field.name} = ${field.number}${json};`;
}

function typeText(field: DescField): string {
  const single = field.message ? `.${field.message.typeName}` : field.enum ? `.${field.enum.typeName}` : ScalarType[field.scalar as ScalarType].toLowerCase();
  return field.fieldKind === "map" ? `map<string, ${single}>` : single;
}
