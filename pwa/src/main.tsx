/** Open the phone, then draw: the only place where the parts of the app are put together. */
import { render } from "preact";
import { Broken, Root } from "./app";
import { DeskDevice } from "./device/desk";
import { Office } from "./device/office";
import { openPhone } from "./device/phone";
import { keepShell } from "./device/shell";
import { browserWorld } from "./device/world";
import { openDoor } from "./ui/door";
import { openFeedback } from "./ui/feedback";
import { showGloves } from "./ui/gloves";
import { isStepOpen, goBack, listenForEscape } from "./ui/keys";
import { openObey } from "./ui/obey";
import { openRouter } from "./ui/router";
import { wakeSoundOnTouch } from "./ui/sound";
import { startTicking } from "./ui/status";
import "./ui/base.css";
import "./ui/commands.css";
import "./floor/floor.css";
import "./desk/desk.css";

async function start(place: HTMLElement): Promise<void> {
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
    const router = openRouter(isStepOpen, goBack);
    const door = openDoor(phone, feedback, openObey(phone, feedback, router));
    render(<Root app={{ phone, desk, office: new Office(world), router, feedback, door }} />, place);
  } catch (error) {
    reportError(error);
    render(<Broken />, place);
  }
}

const place = document.getElementById("app");
if (place !== null) void start(place);
