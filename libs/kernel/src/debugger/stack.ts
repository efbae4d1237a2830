import type { Position } from '../compiler/source-positions.ts';
import type { CallFrame, RemoteValue } from './inspector.ts';
import type { Unit } from './sources.ts';

/** A frame that is the user's. */
export interface UserFrame {
  readonly id: number;
  readonly name: string;
  readonly unit: Unit;
  readonly place: Position;
  readonly frame: CallFrame;
}

/** Where a thread stands, as the Debug Adapter Protocol wants it. */
export function stackFrame({ id, name, unit, place }: UserFrame): object {
  return {
    id,
    name,
    line: place.line + 1,
    column: place.column + 1,
    source: { name: unit.name, path: unit.path },
  };
}

/** Frames of cells and local modules, innermost first. */
export function userFrames(
  frames: readonly CallFrame[],
  units: ReadonlyMap<string, Unit>,
  firstId: number,
): UserFrame[] {
  return frames.flatMap((frame, i) => {
    const unit = units.get(frame.location.scriptId);
    const place = unit?.original(placeOf(frame));
    if (!unit || !place) return [];
    const name = frame.functionName || (isTop(frame, unit) ? unit.name : '(anonymous)');
    return [{ id: firstId + i, name, unit, place, frame }];
  });
}

/** Where a frame stands in its script; one that is about to return stands behind its statement. */
export function placeOf({ location, returnValue }: CallFrame): Position {
  const column = returnValue ? Math.max(0, location.columnNumber - 1) : location.columnNumber;
  return { line: location.lineNumber, column };
}

/** True for the code of a cell or module that no function of its own encloses: the compiler's function begins on the first line. */
export function isTop({ functionLocation }: CallFrame, { isCell }: Unit): boolean {
  return isCell
    ? functionLocation?.lineNumber === 0
    : functionLocation?.lineNumber === 0 && functionLocation.columnNumber === 0;
}

/** The scopes of a frame, as variable lists: what is the function's own, and what encloses it. */
export function frameScopes(frame: CallFrame): { own: RemoteValue[]; outer: RemoteValue[] } {
  const own: RemoteValue[] = [];
  const outer: RemoteValue[] = [];
  let left = false;
  for (const { type, object } of frame.scopeChain) {
    if (type === 'global' || type === 'script') continue;
    if (left || type === 'closure' || type === 'module') outer.push(object);
    else own.push(object);
    if (type === 'local') left = true;
  }
  return { own, outer };
}
