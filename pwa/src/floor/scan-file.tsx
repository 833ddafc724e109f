/** Files to be carried: unsent scans, when there is no network for days, and a report of how the phone is. */
import { useSignal, type Signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Problem } from "../device/phone";
import { useApp } from "../ui/context";
import { Icon } from "../ui/icons";
import { Button } from "../ui/parts";
import { problemSentence } from "../ui/reasons";
import { scanFileWords as words } from "../words/scan-file-words";
import { reportOf } from "./problem-report";

interface Saved {
  file: File;
  url: string;
  line: string;
}

/** The button, and then the file to save or share. */
export function ScanFile(): JSX.Element | null {
  const { phone } = useApp();
  const saved = useSaved();
  const failed = useSignal<string | null>(null);
  const make = async (): Promise<void> => {
    try {
      const count = phone.unsent.value;
      const scans = await phone.scanFile();
      if (scans === null) return;
      const name = words.fileName(phone.enrolled.value?.name ?? "", phone.today());
      saved.value = ready(scans, name, words.ready(count));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      failed.value = problemSentence(error);
    }
  };
  if (saved.value !== null) return <Ready {...saved.value} />;
  if (phone.unsent.value === 0) return null;
  return (
    <>
      <p>{failed.value ?? words.line}</p>
      <Button icon="up" onPress={() => void make()}>
        {words.save}
      </Button>
    </>
  );
}

/** The button, and then a report to save or share: made on the phone, without a network too. */
export function ProblemReport(): JSX.Element {
  const { phone } = useApp();
  const saved = useSaved();
  const make = async (): Promise<void> => {
    const told = JSON.stringify(await reportOf(phone), null, 1);
    const name = words.reportName(phone.enrolled.value?.deviceCode ?? "", phone.today());
    saved.value = ready(new Blob([told], { type: "application/json" }), name, words.reportLine);
  };
  if (saved.value !== null) return <Ready {...saved.value} />;
  return (
    <Button icon="trouble" onPress={() => void make()}>
      {words.report}
    </Button>
  );
}

function useSaved(): Signal<Saved | null> {
  const saved = useSignal<Saved | null>(null);
  useEffect(
    () => () => {
      if (saved.value !== null) URL.revokeObjectURL(saved.value.url);
    },
    [saved],
  );
  return saved;
}

function ready(contents: Blob, name: string, line: string): Saved {
  const file = new File([contents], name, { type: contents.type });
  return { file, url: URL.createObjectURL(file), line };
}

function Ready({ file, url, line }: Saved): JSX.Element {
  const canShare = "canShare" in navigator && navigator.canShare({ files: [file] });
  return (
    <>
      <p role="status">{line}</p>
      <a class="button primary" href={url} download={file.name}>
        <Icon name="up" />
        <span>{words.open}</span>
      </a>
      {canShare && (
        <Button icon="share" onPress={() => void navigator.share({ files: [file], title: file.name }).catch(() => {})}>
          {words.share}
        </Button>
      )}
    </>
  );
}
