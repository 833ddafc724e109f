/** Unsent scans as a file to be carried, when there is no network for days. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Problem } from "../device/phone";
import { useApp } from "../ui/context";
import { Icon } from "../ui/icons";
import { Button } from "../ui/parts";
import { problemSentence } from "../ui/reasons";
import { scanFileWords as words } from "../words/scan-file-words";

interface Saved {
  file: File;
  url: string;
  count: number;
}

/** The button, and then the file to save or share. */
export function ScanFile(): JSX.Element | null {
  const { phone } = useApp();
  const saved = useSignal<Saved | null>(null);
  const failed = useSignal<string | null>(null);
  useEffect(
    () => () => {
      if (saved.value !== null) URL.revokeObjectURL(saved.value.url);
    },
    [saved],
  );
  const make = async (): Promise<void> => {
    try {
      const count = phone.unsent.value;
      const scans = await phone.scanFile();
      if (scans === null) return;
      const name = words.fileName(phone.enrolled.value?.name ?? "", phone.today());
      const file = new File([scans], name, { type: scans.type });
      saved.value = { file, url: URL.createObjectURL(file), count };
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

function Ready({ file, url, count }: Saved): JSX.Element {
  const canShare = "canShare" in navigator && navigator.canShare({ files: [file] });
  return (
    <>
      <p role="status">{words.ready(count)}</p>
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
