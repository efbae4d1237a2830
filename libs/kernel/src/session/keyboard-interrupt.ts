/** What a cell ends with when the user stops it. */
export class KeyboardInterrupt extends Error {
  override readonly name = 'KeyboardInterrupt';

  constructor(message = 'The cell was stopped.') {
    super(message);
  }
}
