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
import { isStepOpen, goBack, listenForEscape } from "./ui/keys";
import { openRouter } from "./ui/router";
import { wakeSoundOnTouch } from "./ui/sound";
import { startTicking } from "./ui/status";
import "./ui/base.css";
import "./floor/floor.css";
import "./desk/desk.css";

async function start(place: HTMLElement): Promise<void> {
  wakeSoundOnTouch();
  listenForEscape();
  startTicking();
  void keepShell();
  try {
    const world = browserWorld();
    const phone = await openPhone(world);
    const desk = new DeskDevice(() => openPhone(browserWorld("desk")));
    const feedback = openFeedback();
    const router = openRouter(isStepOpen, goBack);
    render(
      <Root app={{ phone, desk, office: new Office(world), router, feedback, door: openDoor(phone, feedback) }} />,
      place,
    );
  } catch (error) {
    reportError(error);
    render(<Broken />, place);
  }
}

const place = document.getElementById("app");
if (place !== null) void start(place);
