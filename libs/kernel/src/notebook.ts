export { Comm, type CommExtras, type CommMessage } from './comms/comms.ts';
export { comms } from './comms/current-comms.ts';
export { Widget, type WidgetOptions } from './comms/widget.ts';
export { clearOutput, display, newDisplay } from './displays/display.ts';
export type { Display, DisplayHandle, DisplayOptions } from './displays/display.ts';
export { confirm, password, prompt, signal } from './displays/input.ts';
export { displaySymbol, type MimeBundle } from './displays/mime-bundle.ts';
export { progress, type ProgressOptions } from './displays/progress.ts';
