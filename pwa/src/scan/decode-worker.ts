/**
 * Reads codes from camera frames, off the main thread, with a decoder that is served by this installation.
 *
 * Most frames get the fast look that costs a few milliseconds; every fourth a thorough one; every eighth the whole
 * arsenal, which also closes the white lines a worn printhead leaves. Bars are only looked for thoroughly: a phone
 * camera reads the QR symbol of the same label sooner and better.
 */
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import type { ReaderOptions, ReadResult } from "zxing-wasm/reader";
import wasmUrl from "zxing-wasm/reader/zxing_reader.wasm?url";
import { isForeignCarrier } from "./grammar";
import type { Sight } from "./sightings";

/** One frame to look at; `turn` counts frames. */
export interface Frame {
  image: ImageBitmap | VideoFrame;
  turn: number;
}

/** First whether the decoder could be started, then what each frame shows. */
export type Answer = "ready" | "broken" | Sighted;

/** What a frame shows, and when that was known (ms since 1970, by the browser's monotonic clock). */
export interface Sighted {
  sights: Sight[];
  at: number;
}

const SYMBOLS_MAX = 4;
// Not the whole family of QR: the smallest Micro QR has no correction, and a piece of another symbol can pass for one.
const FAST: ReaderOptions = {
  formats: ["QRCodeModel2", "DataMatrix"],
  textMode: "Plain",
  maxNumberOfSymbols: SYMBOLS_MAX,
  tryHarder: false,
  tryRotate: false,
  tryInvert: false,
  tryDownscale: false,
};
const THOROUGH: ReaderOptions = {
  formats: ["QRCodeModel2", "DataMatrix", "Code128"],
  textMode: "Plain",
  maxNumberOfSymbols: SYMBOLS_MAX,
  tryInvert: false,
};
const EVERYTHING: ReaderOptions = {
  ...THOROUGH,
  // The retail codes are no labels of ours; they are read so that the operator hears so.
  formats: ["QRCodeModel2", "DataMatrix", "Code128", "EAN13", "EAN8", "UPCA", "UPCE", "ITF", "Code39"],
  tryInvert: true,
  tryDenoise: true,
};
const MATRIX: ReadonlySet<string> = new Set(["QRCode", "DataMatrix"]);

const ready = prepareZXingModule({ overrides: { locateFile: () => wasmUrl }, fireImmediately: true });
const canvas = new OffscreenCanvas(1, 1);
const context = canvas.getContext("2d", { willReadFrequently: true });

const answer = (message: Answer): void => self.postMessage(message);

ready.then(
  () => answer("ready"),
  () => answer("broken"),
);

self.addEventListener("message", ({ data }: MessageEvent<Frame>) => {
  // A frame that cannot be looked at shows nothing; the next one may.
  const tell = (sights: Sight[]): void => answer({ sights, at: performance.timeOrigin + performance.now() });
  look(data).then(tell, () => tell([]));
});

async function look({ image, turn }: Frame): Promise<Sight[]> {
  const pixels = pixelsOf(image);
  if (pixels === null) return [];
  const results = await readBarcodes(pixels, turn % 8 === 7 ? EVERYTHING : turn % 4 === 3 ? THOROUGH : FAST);
  const read = results.filter(({ isValid, text }) => isValid && text !== "");
  // Beside a label of ours a retail code is somebody else's print, or a ghost in the modules of our QR symbol.
  const own = read.filter(({ symbologyIdentifier }) => !isForeignCarrier(symbologyIdentifier));
  return (own.length > 0 ? own : read).map(sightOf);
}

function pixelsOf(image: Frame["image"]): ImageData | null {
  const [width, height] = "width" in image ? [image.width, image.height] : [image.displayWidth, image.displayHeight];
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  context?.drawImage(image, 0, 0);
  image.close();
  return context?.getImageData(0, 0, canvas.width, canvas.height) ?? null;
}

/** An article number must not pass for a lot: what came in a foreign carrier keeps its identifier in front. */
function sightOf({ text, symbology, symbologyIdentifier }: ReadResult): Sight {
  const isForeign = isForeignCarrier(symbologyIdentifier);
  return { text: isForeign ? symbologyIdentifier + text : text, isLinear: !MATRIX.has(symbology) };
}
