/** Descriptors out of declarations. */
import { create, createFileRegistry } from "@bufbuild/protobuf";
import type { DescFile, MessageInitShape } from "@bufbuild/protobuf";
import { FieldDescriptorProto_Label as Label, FieldDescriptorProto_Type as Type, FileDescriptorProtoSchema, file_google_protobuf_struct } from "@bufbuild/protobuf/wkt";
import type { DescriptorProtoSchema, EnumDescriptorProtoSchema, FieldDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { protoCamelCase } from "@bufbuild/protobuf/reflect";
import type { EnumDeclaration, FieldDeclaration, FieldType, FileDeclaration, MessageDeclaration, ScalarName } from "./declaration.js";
import { typeName } from "./proto-name.js";

type MessageInit = MessageInitShape<typeof DescriptorProtoSchema>;
type FieldInit = MessageInitShape<typeof FieldDescriptorProtoSchema>;

const scalars: Readonly<Record<ScalarName, Type>> = {
  string: Type.STRING,
  bool: Type.BOOL,
  double: Type.DOUBLE,
  int32: Type.INT32,
  uint32: Type.UINT32,
  int64: Type.INT64,
  bytes: Type.BYTES,
};

/** The file that declares `google.protobuf.Value`. */
export const structPath = "google/protobuf/struct.proto";

/**
 * The files of declarations, each after those that it imports.
 * `known` are files made before that they may import; `google/protobuf/struct.proto` is always known.
 */
export function buildFiles(declarations: readonly FileDeclaration[], known: readonly DescFile[] = []): DescFile[] {
  const files = new Map([[structPath, file_google_protobuf_struct], ...known.map((file) => [`${file.name}.proto`, file] as const)]);
  return declarations.map((declaration) => {
    const proto = create(FileDescriptorProtoSchema, {
      name: declaration.path,
      package: declaration.package,
      syntax: "proto3",
      dependency: [...(declaration.imports ?? [])],
      messageType: (declaration.messages ?? []).map((message) => messageInit(message, `${declaration.package}.${message.name}`)),
      enumType: (declaration.enums ?? []).map(enumInit),
      service: (declaration.services ?? []).map(({ name, methods }) => ({
        name,
        method: methods.map(({ name, input, output, takesStream = false, givesStream = false }) => ({
          name,
          inputType: `.${input}`,
          outputType: `.${output}`,
          clientStreaming: takesStream,
          serverStreaming: givesStream,
        })),
      })),
    });
    const file = createFileRegistry(proto, (path) => files.get(path)).getFile(declaration.path) as DescFile;
    files.set(declaration.path, file);
    return file;
  });
}

function messageInit({ name, fields, messages = [], enums = [] }: MessageDeclaration, path: string): MessageInit {
  const oneofs = [...new Set(fields.flatMap(({ oneof }) => oneof ?? []))];
  const entries: MessageInit[] = [];
  const alone: string[] = [];
  const field = fields.map((declared): FieldInit => {
    if (declared.label === "map") entries.push(entryInit(declared));
    if (declared.label === "optional") alone.push(`_${declared.name}`);
    return {
      ...fieldInit(declared),
      ...(declared.label === "map" ? { type: Type.MESSAGE, typeName: `.${path}.${entryName(declared)}` } : {}),
      // A field that keeps its presence is the only one of a oneof, and such oneofs come last.
      ...(declared.label === "optional" ? { proto3Optional: true, oneofIndex: oneofs.length + alone.length - 1 } : {}),
      ...(declared.oneof === undefined ? {} : { oneofIndex: oneofs.indexOf(declared.oneof) }),
    };
  });
  return {
    name,
    field,
    oneofDecl: [...oneofs, ...alone].map((oneof) => ({ name: oneof })),
    nestedType: [...messages.map((message) => messageInit(message, `${path}.${message.name}`)), ...entries],
    enumType: enums.map(enumInit),
  };
}

function enumInit({ name, values }: EnumDeclaration): MessageInitShape<typeof EnumDescriptorProtoSchema> {
  return { name, value: values.map((value, number) => ({ name: value, number })) };
}

function fieldInit({ name, number, type, label, jsonName = protoCamelCase(name) }: FieldDeclaration): FieldInit {
  return {
    name,
    number,
    label: label === "repeated" || label === "map" ? Label.REPEATED : Label.OPTIONAL,
    ...typeInit(type),
    jsonName,
  };
}

function typeInit(type: FieldType): FieldInit {
  if (typeof type === "string") return { type: scalars[type] };
  return "enum" in type ? { type: Type.ENUM, typeName: `.${type.enum}` } : { type: Type.MESSAGE, typeName: `.${type.message}` };
}

function entryName({ name }: FieldDeclaration): string {
  return `${typeName(name)}Entry`;
}

/** The message that stands for an entry of a map, by the rules of the language. */
function entryInit(declared: FieldDeclaration): MessageInit {
  const part = (name: string, number: number, type: FieldType): FieldInit => ({ name, number, jsonName: name, label: Label.OPTIONAL, ...typeInit(type) });
  return { name: entryName(declared), field: [part("key", 1, "string"), part("value", 2, declared.type)], options: { mapEntry: true } };
}
