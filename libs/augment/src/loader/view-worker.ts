import { parentPort, workerData } from 'node:worker_threads';
import { makeViews } from '../views/make-views.ts';
import type { ViewReply, ViewTask, WorkerImages } from './view-task.ts';

const { images, height, width, recipe } = workerData as WorkerImages;
const pixels = height * width * 3;
const source = {
  length: images.length / pixels,
  image: (index: number) => ({
    data: images.subarray(index * pixels, (index + 1) * pixels),
    height,
    width,
    channels: 3,
  }),
};

parentPort?.on('message', (task: ViewTask) => {
  let reply: ViewReply;
  try {
    const { data, shape, params } = makeViews(source, task.indices, recipe, task.key);
    const [views, rows, side] = shape;
    const stride = side * side * 3;
    for (let view = 0; view < views; view++) {
      const part = data.subarray(view * rows * stride, (view + 1) * rows * stride);
      task.out.set(part, (view * task.batch + task.from) * stride);
    }
    reply = { id: task.id, params };
  } catch (error) {
    reply = { id: task.id, error: (error as Error).message };
  }
  parentPort?.postMessage(reply);
});
