/** Photos that scans speak of, as the office sees them. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { useApp } from "../ui/context";
import { when } from "../ui/format";
import { Icon } from "../ui/icons";
import { reasonWords } from "../ui/reasons";
import { deskWords } from "../words/desk-en";
import { Whole } from "./rows";
import { useLoaded } from "./use-list";

/** One photo; one that its phone has not handed in yet says so. */
export function Photo({ photo, title }: { photo: string; title: string }): JSX.Element {
  const { office } = useApp();
  const url = useSignal<string | null>(null);
  const isMissing = useSignal(false);
  useEffect(() => {
    void office.photo(photo).then(
      (file) => (url.value = URL.createObjectURL(file)),
      () => (isMissing.value = true),
    );
    return () => URL.revokeObjectURL(url.peek() ?? "");
  }, [office, photo, url, isMissing]);
  if (isMissing.value) return <p class="small">{deskWords.photos.onTheWay}</p>;
  return url.value === null ? <p class="small">…</p> : <img class="evidence-photo" src={url.value} alt={title} />;
}

/** All photos of a batch's units; nothing where there are none. */
export function PhotosOfBatch({ batch }: { batch: string }): JSX.Element {
  const { office } = useApp();
  const loaded = useLoaded(() => office.photos(batch), batch);
  return (
    <Whole loaded={loaded}>
      {(photos) =>
        photos.length === 0 ? (
          <></>
        ) : (
          <section class="stock-state" data-testid="photos">
            <h2>
              <Icon name="camera" />
              {deskWords.photos.title}
            </h2>
            <ul class="photos">
              {photos.map(({ photo, unit, who, at, reason }) => (
                <li key={photo}>
                  <Photo photo={photo} title={deskWords.photos.of(unit, who)} />
                  <p>
                    <span class="code">{unit}</span> {who}, {when(at, Date.now())}
                    {reason !== null && <> · {reasonWords(reason)}</>}
                  </p>
                </li>
              ))}
            </ul>
          </section>
        )
      }
    </Whole>
  );
}
