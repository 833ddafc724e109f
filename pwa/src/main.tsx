/** Open the phone, then draw: the only place where the parts of the app are put together. */
import { render } from "preact";
import { computed, effect } from "@preact/signals";
import { Broken, Root, personAt } from "./app";
import { DeskDevice } from "./device/desk";
import { Office } from "./device/office";
import { openPhone } from "./device/phone";
import { keepShell } from "./device/shell";
import { browserWorld } from "./device/world";
import { openBadges } from "./ui/badge";
import { openDoor } from "./ui/door";
import { openFeedback } from "./ui/feedback";
import { showGloves } from "./ui/gloves";
import { signOutWhenIdle } from "./ui/idle";
import { isStepOpen, goBack, listenForEscape } from "./ui/keys";
import { openObey } from "./ui/obey";
import { openRouter } from "./ui/router";
import { followPerson, isSettingsOpen, openSettings } from "./ui/settings";
import { wakeSoundOnTouch } from "./ui/sound";
import { startTicking } from "./ui/status";
import "./ui/base.css";
import "./ui/commands.css";
import "./floor/floor.css";
import "./desk/desk.css";

async function start(place: HTMLElement): Promise<void> {
  openSettings();
  wakeSoundOnTouch();
  listenForEscape();
  startTicking();
  showGloves();
  void keepShell();
  try {
    const world = browserWorld();
    const phone = await openPhone(world);
    const desk = new DeskDevice(() => openPhone(browserWorld("desk")));
    const feedback = openFeedback();
    const router = openRouter(() => isSettingsOpen.value || isStepOpen(), goBack);
    const office = new Office(world);
    const badges = openBadges(phone, feedback);
    const isHere = signOutWhenIdle(phone, () => router.replace("/"));
    const door = openDoor(phone, feedback, openObey(phone, feedback, router), badges, isHere);
    // On the app's icon too: a phone in a pocket tells that it has scans to send. Browsers may not know how.
    effect(() => void navigator.setAppBadge?.(phone.unsent.value).catch(() => undefined));
    await followPerson(computed(() => personAt({ phone, office, router })));
    render(<Root app={{ phone, desk, office, router, feedback, door, badges }} />, place);
  } catch (error) {
    reportError(error);
    render(<Broken />, place);
  }
}

const place = document.getElementById("app");
if (place !== null) void start(place);
