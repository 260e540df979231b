/**
 * A headless Chromium for tests of the HTML report, spoken to over its debugging protocol on the loopback device.
 *
 * @module
 */

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** Where a Chromium is installed; `undefined` where there is none. */
export function findChromium(): string | undefined {
  for (const directory of (Deno.env.get("PATH") ?? "").split(":")) {
    for (const name of names) {
      try {
        if (Deno.statSync(`${directory}/${name}`).isFile) return `${directory}/${name}`;
      } catch {
        // Not here.
      }
    }
  }
  return undefined;
}

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

/** One page in its own browser. Dispose it to end the browser. */
export class Page implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #events: ((answer: Answer) => void)[] = [];
  /** What the page said on its console, and policy violations. */
  readonly log: string[] = [];
  #session: string | undefined;
  #next = 1;

  private constructor(process: Deno.ChildProcess, profile: string, socket: WebSocket) {
    this.#process = process;
    this.#profile = profile;
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(String(data)));
  }

  /** Starts a browser with one empty page. */
  static async open(program: string): Promise<Page> {
    const profile = await Deno.makeTempDir();
    const process = new Deno.Command(program, {
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--remote-debugging-port=0",
        `--user-data-dir=${profile}`,
        "about:blank",
      ],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const socket = new WebSocket(await listening(process.stderr));
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    const page = new Page(process, profile, socket);
    const { targetId } = await page.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await page.send("Target.attachToTarget", { targetId, flatten: true });
    page.#session = String(sessionId);
    for (const domain of ["Page", "Runtime", "Log"]) await page.send(`${domain}.enable`);
    return page;
  }

  /** Sends one command of the debugging protocol. */
  send(
    method: string,
    params: Readonly<Record<string, unknown>> = {},
  ): Promise<Readonly<Record<string, unknown>>> {
    const id = this.#next++;
    const sessionId = this.#session;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result, error }) => {
        if (error === undefined) resolve(result ?? {});
        else reject(new Error(`Cannot ${method}: ${error.message}`));
      });
      this.#socket.send(
        JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }),
      );
    });
  }

  /** Opens a file and waits until it is loaded. */
  async go(path: string): Promise<void> {
    const loaded = new Promise<void>((resolve) => {
      this.#events.push(({ method }) => {
        if (method === "Page.loadEventFired") resolve();
      });
    });
    await this.send("Page.navigate", { url: `file://${path}` });
    await loaded;
    this.#events.length = 0;
  }

  /** The value of an expression in the page. */
  async evaluate(expression: string): Promise<unknown> {
    const answer = await this.send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    const { result, exceptionDetails } = answer as {
      result: { value?: unknown };
      exceptionDetails?: { exception?: { description?: string } };
    };
    if (exceptionDetails !== undefined) {
      throw new Error(
        `Cannot evaluate: ${exceptionDetails.exception?.description ?? "an error in the page"}`,
      );
    }
    return result.value;
  }

  /** Presses and releases a key. */
  async press(key: string): Promise<void> {
    await this.send("Input.dispatchKeyEvent", { type: "keyDown", key });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", key });
  }

  /** The viewport in CSS pixels. */
  async resize(width: number, height: number): Promise<void> {
    await this.send("Emulation.setDeviceMetricsOverride", {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: true,
    });
  }

  #receive(answer: Answer): void {
    if (answer.id !== undefined) {
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
      return;
    }
    if (answer.method === "Log.entryAdded" || answer.method === "Runtime.exceptionThrown") {
      this.log.push(JSON.stringify(answer.params));
    }
    for (const listener of this.#events) listener(answer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.onclose = resolve);
    this.#session = undefined;
    await this.send("Browser.close");
    await closed;
    await this.#process.status;
    await Deno.remove(this.#profile, { recursive: true });
  }
}

/** Reads until the browser says where it listens, and then to the end, so that it never waits for a reader. */
async function listening(stderr: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stderr.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
    .getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`Cannot start Chromium: ${text.slice(0, 500)}`);
    text += value;
    const address = text.match(/ws:\/\/\S+/)?.[0];
    if (address === undefined) continue;
    void (async () => {
      while (!(await reader.read()).done);
    })();
    return address;
  }
}
