/** The microphone as a stream of sound. */
import { StageError } from "@iftk/core";

/** A microphone that records. */
export interface Microphone {
  /** Blocks of 100 ms: 16,000 samples a second, each of 16 bits, the lower byte first. Leaving them stops the microphone. */
  readonly blocks: ReadableStream<Uint8Array>;
  /** Fires when it cannot go on, with the StageError that says why: `resource_exhausted` where the blocks are read too slowly, `unavailable` with reason `microphone` where it is taken away. */
  readonly failed: AbortSignal;
  /** Stops recording and ends the blocks. */
  stop(): void;
}

/** Blocks that may wait to be sent: five seconds of sound. */
const mostWaiting = 50;

/**
 * Asks for the microphone and starts recording.
 *
 * @throws StageError `failed_precondition` where the page has no way to ask, `unavailable` where the part of the page that records cannot be
 * loaded, and the browser's DOMException where the microphone is refused
 */
export async function openMicrophone(): Promise<Microphone> {
  // Browsers leave it undefined on pages that are not secure.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices) throw new StageError("failed_precondition", "Browsers give the microphone to pages of localhost and of HTTPS alone.");
  const stream = await devices.getUserMedia({ audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
  const context = new AudioContext();
  const release = (): void => {
    for (const track of stream.getTracks()) track.stop();
    if (context.state !== "closed") void context.close();
  };
  try {
    await context.audioWorklet.addModule("capture.mjs").catch((cause: unknown) => {
      throw new StageError("unavailable", "The part of the page that records could not be loaded.", { cause });
    });
    return record(stream, context, release);
  } catch (error) {
    release();
    throw error;
  }
}

function record(stream: MediaStream, context: AudioContext, release: () => void): Microphone {
  const capture = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0 });
  const failure = new AbortController();
  const over = (): void => {};
  let end = over;
  const fail = (error: StageError): void => {
    if (end === over) return; // a block that was on its way when recording stopped
    failure.abort(error);
    end();
  };
  const blocks = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        end = () => {
          end = over;
          release();
          controller.close();
        };
        capture.port.addEventListener("message", ({ data }: MessageEvent<Uint8Array>) => {
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(data);
          else fail(new StageError("resource_exhausted", "The connection is too slow for live sound."));
        });
      },
      cancel() {
        end = over;
        release();
      },
    },
    new CountQueuingStrategy({ highWaterMark: mostWaiting }),
  );
  stream.getAudioTracks()[0]?.addEventListener("ended", () => fail(new StageError("unavailable", "The microphone was taken away.", { reason: "microphone" })));
  capture.port.start();
  context.createMediaStreamSource(stream).connect(capture);
  return { blocks, failed: failure.signal, stop: () => end() };
}
