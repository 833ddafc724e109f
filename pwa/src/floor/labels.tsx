/** Labels come from the server as one PDF; without it they wait, and nothing else does. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Problem } from "../device/phone";
import { useApp } from "../ui/context";
import { Icon } from "../ui/icons";
import { Button } from "../ui/parts";
import { problemSentence } from "../ui/reasons";
import { words } from "../words/words";

type Sheet = { at: "none" | "working" } | { at: "ready"; file: File; url: string } | { at: "later"; line: string };

interface LabelsProps {
  units: string[];
  lot: string;
  look?: "primary" | "plain";
}

/** Make the labels of these units, then open or share them. */
export function Labels({ units, lot, look = "plain" }: LabelsProps): JSX.Element {
  const { phone } = useApp();
  const sheet = useSignal<Sheet>({ at: "none" });
  useEffect(
    () => () => {
      if (sheet.value.at === "ready") URL.revokeObjectURL(sheet.value.url);
    },
    [sheet],
  );
  const make = async (): Promise<void> => {
    sheet.value = { at: "working" };
    try {
      const file = new File([await phone.labels(units)], words.labels.fileName(lot), { type: "application/pdf" });
      sheet.value = { at: "ready", file, url: URL.createObjectURL(file) };
    } catch (error) {
      if (!(error instanceof Problem)) reportError(error);
      sheet.value = { at: "later", line: reasonOf(error, phone.connection.value.state) };
    }
  };
  const { value } = sheet;
  if (value.at === "ready") return <Ready file={value.file} url={value.url} />;
  return (
    <>
      {value.at === "later" && (
        <p class="notice" role="status">
          <Icon name="offline" />
          <span>{value.line}</span>
        </p>
      )}
      <Button look={look} icon="label" isDisabled={value.at === "working"} onPress={() => void make()}>
        {value.at === "working" ? words.labels.working : words.labels.button}
      </Button>
    </>
  );
}

function reasonOf(error: unknown, connection: string): string {
  if (!(error instanceof Problem) || connection === "offline") return words.labels.later;
  return error.code === "unknown_unit" ? words.labels.sendFirst : problemSentence(error);
}

function Ready({ file, url }: { file: File; url: string }): JSX.Element {
  const canShare = "canShare" in navigator && navigator.canShare({ files: [file] });
  return (
    <>
      <a class="button primary" href={url} download={file.name}>
        <Icon name="label" />
        <span>{words.labels.open}</span>
      </a>
      {canShare && (
        <Button icon="share" onPress={() => void navigator.share({ files: [file], title: file.name }).catch(() => {})}>
          {words.labels.share}
        </Button>
      )}
    </>
  );
}
