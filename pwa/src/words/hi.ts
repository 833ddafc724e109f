import { en as words } from "./en";
import { flowsEn as flowWords } from "./flows-en";
export { words, flowWords };
