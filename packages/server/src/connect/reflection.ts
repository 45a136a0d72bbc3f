/** What the services of a server are, by the protocol of gRPC server reflection, versions 1 and 1alpha. */
import { buildFiles, type FieldDeclaration, type FileDeclaration } from "@iftk/protobuf";
import { create, toBinary } from "@bufbuild/protobuf";
import type { DescFile, DescMessage, DescService, Message } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import type { ConnectService } from "./connect-service.js";

const text = (name: string, number: number, oneof?: string): FieldDeclaration => ({ name, number, type: "string", oneof });
const bytes = (name: string, number: number, label?: "repeated"): FieldDeclaration => ({ name, number, type: "bytes", label });

function declaration(version: string): FileDeclaration {
  const space = `grpc.reflection.${version}`;
  const one = (name: string, number: number, message: string, oneof: string): FieldDeclaration => ({ name, number, type: { message: `${space}.${message}` }, oneof });
  return {
    path: `grpc/reflection/${version}/reflection.proto`,
    package: space,
    messages: [
      {
        name: "ServerReflectionRequest",
        fields: [
          text("host", 1),
          text("file_by_filename", 3, "message_request"),
          text("file_containing_symbol", 4, "message_request"),
          one("file_containing_extension", 5, "ExtensionRequest", "message_request"),
          text("all_extension_numbers_of_type", 6, "message_request"),
          text("list_services", 7, "message_request"),
        ],
      },
      { name: "ExtensionRequest", fields: [text("containing_type", 1), { name: "extension_number", number: 2, type: "int32" }] },
      {
        name: "ServerReflectionResponse",
        fields: [
          text("valid_host", 1),
          { name: "original_request", number: 2, type: { message: `${space}.ServerReflectionRequest` } },
          one("file_descriptor_response", 4, "FileDescriptorResponse", "message_response"),
          one("all_extension_numbers_response", 5, "ExtensionNumberResponse", "message_response"),
          one("list_services_response", 6, "ListServiceResponse", "message_response"),
          one("error_response", 7, "ErrorResponse", "message_response"),
        ],
      },
      { name: "FileDescriptorResponse", fields: [bytes("file_descriptor_proto", 1, "repeated")] },
      { name: "ExtensionNumberResponse", fields: [text("base_type_name", 1), { name: "extension_number", number: 2, type: "int32", label: "repeated" }] },
      { name: "ListServiceResponse", fields: [{ name: "service", number: 1, type: { message: `${space}.ServiceResponse` }, label: "repeated" }] },
      { name: "ServiceResponse", fields: [text("name", 1)] },
      { name: "ErrorResponse", fields: [{ name: "error_code", number: 1, type: "int32" }, text("error_message", 2)] },
    ],
    services: [
      {
        name: "ServerReflection",
        methods: [{ name: "ServerReflectionInfo", input: `${space}.ServerReflectionRequest`, output: `${space}.ServerReflectionResponse`, takesStream: true, givesStream: true }],
      },
    ],
  };
}

const notFound = 5;

interface ReflectionRequest extends Message {
  readonly host: string;
  readonly messageRequest: { readonly case?: string; readonly value?: unknown };
}

/** The reflection services for these services, themselves among them, and for what else these files declare. */
export function reflectionServices(services: readonly DescService[], others: readonly DescFile[]): ConnectService[] {
  const own = buildFiles([declaration("v1"), declaration("v1alpha")]);
  const all = [...services, ...own.flatMap((file) => file.services)];
  const files = new Map<string, DescFile>();
  for (const file of [...all.map((service) => service.file), ...others]) addFile(files, file);
  const symbols = new Map([...files.values()].flatMap((file) => symbolsOf(file).map((symbol) => [symbol, file] as const)));
  const names = all.map(({ typeName }) => ({ name: typeName }));

  function answer({ case: kind, value }: ReflectionRequest["messageRequest"]): { readonly case: string; readonly value: object } {
    switch (kind) {
      case "listServices":
        return { case: "listServicesResponse", value: { service: names } };
      case "fileByFilename":
        return fileAnswer(files.get(String(value)), String(value));
      case "fileContainingSymbol":
        return fileAnswer(symbols.get(String(value)), String(value));
      case "allExtensionNumbersOfType":
        return symbols.has(String(value)) ? { case: "allExtensionNumbersResponse", value: { baseTypeName: value } } : missing(String(value));
      case undefined:
      default:
        return missing("extensions");
    }
  }
  const infoOf = (response: DescMessage) =>
    async function* serverReflectionInfo(requests: AsyncIterable<ReflectionRequest>): AsyncGenerator<Message> {
      for await (const request of requests) yield create(response, { validHost: request.host, originalRequest: request, messageResponse: answer(request.messageRequest) });
    };
  return own.flatMap((file) => file.services).map((desc) => ({ desc, implementation: Object.fromEntries(desc.methods.map(({ localName, output }) => [localName, infoOf(output)])) }));
}

function addFile(files: Map<string, DescFile>, file: DescFile): void {
  if (files.has(file.proto.name)) return;
  files.set(file.proto.name, file);
  for (const dependency of file.dependencies) addFile(files, dependency);
}

/** The full names of all that a file declares. */
function symbolsOf({ messages, enums, services }: DescFile): string[] {
  return [...messages.flatMap(withNested), ...enums.map(({ typeName }) => typeName), ...services.flatMap(({ typeName, methods }) => [typeName, ...methods.map(({ name }) => `${typeName}.${name}`)])];
}

function withNested({ typeName, fields, nestedMessages, nestedEnums }: DescMessage): string[] {
  return [typeName, ...fields.map(({ name }) => `${typeName}.${name}`), ...nestedMessages.flatMap(withNested), ...nestedEnums.map((one) => one.typeName)];
}

/** A file and all that it imports, the imported ones after it. */
function fileAnswer(file: DescFile | undefined, name: string): { readonly case: string; readonly value: object } {
  if (!file) return missing(name);
  const files = new Map<string, DescFile>();
  addFile(files, file);
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto: [...files.values()].map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto)) } };
}

function missing(name: string): { readonly case: string; readonly value: object } {
  return { case: "errorResponse", value: { errorCode: notFound, errorMessage: `${name.slice(0, 256)} is not known here.` } };
}
