/** What a StageError says beyond its code and its message, as a message that travels beside an error. */
import type { DescFile, DescMessage, Message } from "@bufbuild/protobuf";
import { buildFiles } from "./build-files.js";

/** The file that declares `iftk.ErrorDetail`. */
export const errorDetailFile = buildFiles([
  {
    path: "iftk/error_detail.proto",
    package: "iftk",
    messages: [
      {
        name: "ErrorDetail",
        fields: [
          { name: "reason", number: 1, type: "string", label: "optional" },
          { name: "stage", number: 2, type: "string", label: "optional" },
          { name: "retry_after", number: 3, type: "double", label: "optional" },
        ],
      },
    ],
  },
])[0] as DescFile;

/** An `iftk.ErrorDetail`. */
export interface ErrorDetail extends Message<"iftk.ErrorDetail"> {
  readonly reason?: string;
  /** The path of the stage that failed. */
  readonly stage?: string;
  /** Milliseconds. */
  readonly retryAfter?: number;
}

/** The descriptor of `iftk.ErrorDetail`. */
export const errorDetailDesc: DescMessage = errorDetailFile.messages[0] as DescMessage;
