/**
 * A long task in steps that several callers advance in turns: each resumes where the last one
 * stopped, and all get the same result, or error.
 */
export class SharedSteps<T, R> {
  readonly #task: Iterator<T, R>;
  #answer: (() => R) | null = null;

  constructor(task: Iterator<T, R>) {
    this.#task = task;
  }

  /** Advances the task; yields what it yields, and returns its result. */
  *steps(): Generator<T, R> {
    while (this.#answer === null) {
      const step = this.#next();
      if (!step.done) yield step.value;
      else this.#answer = () => step.value;
    }
    return this.#answer();
  }

  #next(): IteratorResult<T, R> {
    try {
      return this.#task.next();
    } catch (error) {
      this.#answer = () => {
        throw error;
      };
      throw error;
    }
  }
}
