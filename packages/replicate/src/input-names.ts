/** What models call the files that they take, the commonest first. */

/** An image to look at, or to start from. */
export const imageNames: readonly string[] = ["image", "image_input", "input_image", "images", "input_images", "image_prompt", "img", "image_url"];

/** The first image of a video. */
export const firstFrameNames: readonly string[] = ["image", "start_image", "first_frame_image", "input_image", "prompt_image", "first_frame", "image_url"];

/** Speech to write down. */
export const audioNames: readonly string[] = ["audio", "audio_file", "file", "input_audio", "audio_input", "file_url"];
