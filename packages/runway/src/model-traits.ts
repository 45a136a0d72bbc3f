/** What Runway publishes of its models for images to videos. Of a model that is not here Runway tells by itself what it takes. */

/** What is known of a model. */
export interface ModelTraits {
  /** UTF-16 units that a prompt may have. */
  readonly longestPrompt?: number;
  /** The ratios that it makes; none where the video has that of the image. */
  readonly ratios: readonly string[];
  /** Whether it takes a seed. */
  readonly hasSeed: boolean;
  /** Fields that it requires and a request may leave out. */
  readonly required?: Readonly<Record<string, unknown>>;
}

const gen4 = ["1280:720", "720:1280", "1104:832", "960:960", "832:1104", "1584:672"];
const veo = ["1280:720", "720:1280", "1080:1920", "1920:1080"];
const seedanceSmall = ["992:432", "864:496", "752:560", "640:640", "560:752", "496:864"];
const seedance = ["1470:630", "1280:720", "1112:834", "960:960", "834:1112", "720:1280"];
const seedanceLarge = ["2206:946", "1920:1080", "1664:1248", "1440:1440", "1248:1664", "1080:1920"];
const seedanceLargest = ["3840:1646", "3840:2160", "3840:2880", "3840:3840", "2880:3840", "2160:3840"];
const wan = ["832:480", "720:544", "624:624", "544:720", "480:832", "1280:720", "1104:832", "960:960", "832:1104", "720:1280", "1920:1080", "1648:1248", "1440:1440", "1248:1648", "1080:1920"];
const ratio = "1280:720";

/** The traits by the names of the models. Of ratios that are the same, the first is meant. */
export const modelTraits: ReadonlyMap<string, ModelTraits> = new Map<string, ModelTraits>([
  ["gen4.5", { longestPrompt: 1000, ratios: gen4, hasSeed: true, required: { ratio, duration: 5 } }],
  ["gen4_turbo", { longestPrompt: 1000, ratios: gen4, hasSeed: true, required: { ratio } }],
  ["veo3.1", { longestPrompt: 1000, ratios: veo, hasSeed: true, required: { ratio } }],
  ["veo3.1_fast", { longestPrompt: 1000, ratios: veo, hasSeed: true, required: { ratio } }],
  ["hailuo3", { ratios: ["21:9", "16:9", "4:3", "1:1", "3:4", "9:16"], hasSeed: false }],
  ["happyhorse_1_0", { longestPrompt: 2500, ratios: [], hasSeed: false }],
  ["seedance2", { longestPrompt: 3500, ratios: [...seedance, ...seedanceLarge, ...seedanceSmall, ...seedanceLargest], hasSeed: true }],
  ["seedance2_fast", { longestPrompt: 3500, ratios: [...seedance, ...seedanceSmall], hasSeed: true }],
  ["seedance2_mini", { longestPrompt: 3500, ratios: [...seedance, ...seedanceSmall], hasSeed: true }],
  ["seedance2_5", { longestPrompt: 15_000, ratios: [...seedance, ...seedanceLarge, "992:432", "854:480", "752:560", "640:640", "560:752", "480:854"], hasSeed: true }],
  ["gemini_omni_flash", { ratios: ["1280:720", "720:1280"], hasSeed: false }],
  ["gemini_omni_flash_1.1", { ratios: [...veo, "640:360", "360:640", "3840:2160", "2160:3840"], hasSeed: false }],
  ["grok_imagine_1_5", { ratios: [], hasSeed: false }],
  ["wan3", { ratios: wan, hasSeed: false }],
  ["wan3_prime", { ratios: wan, hasSeed: false }],
  ["h3_max", { ratios: [], hasSeed: true }],
]);
