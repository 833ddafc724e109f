/**
 * The phone reads and writes GS1 codes as the server does: question for question, answer for answer.
 *
 * A share of the questions stands in a file; `GS1=FILE npx vitest run tests/gs1.test.ts` asks those of another, such as
 * `pytest tests/test_labels_gs1_twins.py --times 100000` writes.
 */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parse } from "../src/scan/grammar";
import * as associations from "../src/scan/gs1/associations";
import { checkDigitOf } from "../src/scan/gs1/check-digit";
import * as checks from "../src/scan/gs1/checks";
import * as link from "../src/scan/gs1/digital-link";
import * as elements from "../src/scan/gs1/elements";
import { readGoods, type Goods } from "../src/scan/gs1/goods";
import * as scan from "../src/scan/gs1/scan-data";

type Answer = unknown;
type Asked = (...args: never[]) => Answer;

/** The names of the other side: underscores instead of capitals. */
function onTheWire(goods: ReturnType<typeof readGoods>): Answer {
  if (goods === null || elements.isFault(goods)) return goods;
  const { expiresOn: expires_on, unitOfMeasure: unit_of_measure, ...rest }: Goods = goods;
  return { ...rest, expires_on, unit_of_measure };
}

const FUNCTIONS: Readonly<Record<string, Asked>> = {
  lint: (name: string, data: string) => checks.CHECKS[name]?.(data),
  check_digit_of: checkDigitOf,
  read_elements: elements.readElements,
  element_string: elements.elementString,
  read_bracketed: elements.readBracketed,
  bracketed: elements.bracketed,
  association_fault: associations.associationFault,
  repeat_fault: associations.repeatFault,
  exclusion_fault: associations.exclusionFault,
  requisite_fault: associations.requisiteFault,
  unsigned_serial_fault: associations.unsignedSerialFault,
  read_link: link.readLink,
  write_link: link.writeLink,
  unescaped_path: link.unescapedPath,
  unescaped_query: link.unescapedQuery,
  escaped_path: link.escapedPath,
  escaped_query: link.escapedQuery,
  read_scan: scan.readScan,
  plain_scan: scan.plainScan,
  element_scan: scan.elementScan,
  article_scan: scan.articleScan,
  read_goods: (text: string, year: number) => onTheWire(readGoods(text, year)),
  parse,
};

it("gives the server's answer to every question about GS1 codes", () => {
  const file = process.env["GS1"] ?? new URL("../../tests/vectors/gs1/twins.jsonl", import.meta.url);
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  expect(lines.length).toBeGreaterThan(500);
  const different = lines.filter((line) => {
    const [name, args, expected] = JSON.parse(line) as [string, never[], Answer];
    return JSON.stringify(sorted(FUNCTIONS[name]?.(...args))) !== JSON.stringify(sorted(expected));
  });
  expect(different.slice(0, 10)).toEqual([]);
}, 120_000);

/** Put the fields of an object in order, whoever wrote it. */
function sorted(value: Answer): Answer {
  if (Array.isArray(value) || value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
