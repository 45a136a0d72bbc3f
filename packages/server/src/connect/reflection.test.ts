import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Metadata, type Client, type ClientDuplexStream } from "@grpc/grpc-js";
import { loadFileDescriptorSetFromBuffer } from "@grpc/proto-loader";
import { collect } from "@iftk/core";
import { afterAll, describe, expect, it } from "vitest";
import { clientOf, definitionIn, type ShoutClient } from "./fixtures/grpc-client.js";
import { serveConnect } from "./fixtures/serve-connect.js";

interface Answer {
  readonly message_response: string;
  readonly list_services_response?: { readonly service: readonly { readonly name: string }[] };
  readonly file_descriptor_response?: { readonly file_descriptor_proto: readonly Buffer[] };
  readonly error_response?: { readonly error_code: number };
}
interface ReflectionClient extends Client {
  ServerReflectionInfo(): ClientDuplexStream<object, Answer>;
}

const server = await serveConnect();
afterAll(() => server[Symbol.asyncDispose]());
const serviceName = "caikit.runtime.Test.TestService";

/** Asks a client that knows the protocol from elsewhere. */
async function ask(version: string, requests: readonly object[]): Promise<Answer[]> {
  const client = clientOf<ReflectionClient>(definitionIn(`@grpc/reflection/build/proto/grpc/reflection/${version}/reflection.proto`), `grpc.reflection.${version}.ServerReflection`, server.authority);
  const call = client.ServerReflectionInfo();
  for (const request of requests) call.write(request);
  call.end();
  return collect<Answer>(call).finally(() => client.close());
}

describe.each(["v1", "v1alpha"])("reflection %s", (version) => {
  it("lists the services", async () => {
    const [answer] = await ask(version, [{ list_services: "*" }]);
    expect(answer?.list_services_response?.service.map(({ name }) => name)).toEqual([serviceName, "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"]);
  });

  it("gives a file with all that it imports, by its name and by what it declares", async () => {
    const answers = await ask(version, [
      { file_by_filename: "caikit_data_model/test.proto" },
      { file_containing_symbol: serviceName },
      { file_containing_symbol: `${serviceName}.ShoutTaskPredict` },
      { file_containing_symbol: "caikit_data_model.test.Word.length" },
      { file_containing_symbol: "iftk.ErrorDetail" },
    ]);
    const names = answers.map((answer) => answer.file_descriptor_response?.file_descriptor_proto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name));
    const [data, service] = ["caikit_data_model/test.proto", "caikit/runtime/test.proto"];
    expect(names).toEqual([[data], [service, data], [service, data], [data], ["iftk/error_detail.proto"]]);
  });

  it("says that what it does not know is not there", async () => {
    const answers = await ask(version, [{ file_by_filename: "other.proto" }, { file_containing_symbol: "other.Message" }, { file_containing_extension: { containing_type: "a", extension_number: 1 } }, { all_extension_numbers_of_type: "other" }]);
    expect(answers.map((answer) => answer.error_response?.error_code)).toEqual([5, 5, 5, 5]);
  });
});

it("a client made of nothing but reflection calls the task in all four modes", async () => {
  const [answer] = await ask("v1", [{ file_containing_symbol: serviceName }]);
  const file = (answer?.file_descriptor_response?.file_descriptor_proto ?? []).map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
  const set = Buffer.from(toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file: file.toReversed() })));
  const client = clientOf<ShoutClient>(loadFileDescriptorSetFromBuffer(set), serviceName, server.authority);
  const metadata = new Metadata();
  metadata.set("mm-model-id", "loud");
  const unary = await new Promise((resolve) => client.ShoutTaskPredict({ text: "a bc" }, metadata, {}, (error, words) => resolve(error ?? words)));
  const stream = await collect(client.ServerStreamingShoutTaskPredict({ text: "a bc" }, metadata));
  const joined = new Promise((resolve) => {
    const call = client.ClientStreamingShoutTaskPredict(metadata, (error, words) => resolve(error ?? words));
    for (const text of ["a", "bc"]) call.write({ text_stream: text });
    call.end();
  });
  const both = client.BidiStreamingShoutTaskPredict(metadata);
  for (const text of ["a", "bc"]) both.write({ text_stream: text });
  both.end();
  const words = [{ word: "A!", length: 1 }, { word: "BC!", length: 2 }];
  expect([unary, stream, await joined, await collect(both)]).toEqual([{ words }, words, { words }, words]);
  client.close();
});
