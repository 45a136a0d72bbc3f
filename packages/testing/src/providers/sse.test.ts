import { expect, test } from "vitest";
import { sse } from "./sse.js";

test("an event is a piece of its own: data line by line, anything but a text as JSON", () => {
  expect(sse([{ event: "delta", data: { a: 1 }, id: "7" }, { data: "one\r\ntwo\nthree" }, { data: "[DONE]" }, { data: null }])).toEqual([
    'event: delta\nid: 7\ndata: {"a":1}\n\n',
    "data: one\ndata: two\ndata: three\n\n",
    "data: [DONE]\n\n",
    "data: null\n\n",
  ]);
});
