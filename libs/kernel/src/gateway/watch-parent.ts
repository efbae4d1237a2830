/** Ends the process soon after the Jupyter server that started it is gone, so that none is left behind. */
export function watchParent(): void {
  const parent = Number(process.env.JPY_PARENT_PID ?? 0);
  if (parent <= 1) return;
  setInterval(() => {
    try {
      process.kill(parent, 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') process.kill(process.pid, 'SIGKILL');
    }
  }, 1000).unref();
}
