'use strict';

/** The longest answer that CloudFormation takes, in bytes. */
const LONGEST_ANSWER = 4096;

/** A call that gets no answer is given up. Only the clock tries again: it knows how much time is left. */
const CLIENT = {
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 5000, requestTimeout: 30000, throwOnRequestTimeout: true },
};

/** Kept for a last call that gets no answer, and for the answer itself, when the function's own time ends. */
const TIME_TO_ANSWER = 60000;

/** How long CloudFormation may take to take the answer. */
const TIME_TO_SEND = 3000;

/** How long something that was made in the same deployment, such as a permission, may take to be known everywhere. */
const TIME_TO_SETTLE = 60000;

const LONGEST_PAUSE = 20000;

/** What comes and goes by itself. */
const PASSING = [
  'InternalFailure',
  'RequestTimeout',
  'ServerException',
  'ServiceUnavailable',
  'Throttling',
  'ThrottlingException',
  'TimeoutError',
  'TooManyRequestsException',
  'UpstreamTooManyRequests',
  'UpstreamUnavailable',
];

/** What ends a deployment; its message is what people read there. */
class Failure extends Error {}

/** What ECR said, by the name of its exception or the code of its failure. */
class Said extends Error {
  constructor(code, reason) {
    super(`${code}: ${reason}`);
    this.code = code;
  }

  static from(error) {
    return error instanceof Said ? error : new Said(error.name, error.message);
  }
}

/** The time that is left, and pauses that grow. */
class Clock {
  constructor(milliseconds) {
    this.start = Date.now();
    this.end = this.start + milliseconds;
    this.pause = 1000;
  }

  get isOver() {
    return Date.now() >= this.end;
  }

  get seconds() {
    return Math.round((Date.now() - this.start) / 1000);
  }

  /** Not all at once: many images may wait for the same registry. */
  async wait() {
    const pause = this.pause * (0.5 + Math.random() / 2);
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, Math.min(pause, this.end - Date.now()))));
  }

  /** Does something until it succeeds, its error is one that no waiting helps against, or the time is over. */
  async retry(action, settles) {
    let firstDenied;
    for (; ; await this.wait()) {
      try {
        return await action();
      } catch (error) {
        const said = Said.from(error);
        const passes =
          PASSING.includes(said.code) ||
          error.$retryable !== undefined ||
          error.$metadata?.httpStatusCode >= 500 ||
          /^E[A-Z]+$/.test(error.code ?? '');
        if (settles.includes(said.code)) {
          firstDenied ??= Date.now();
        }
        const maySettle = settles.includes(said.code) && Date.now() - firstDenied < TIME_TO_SETTLE;
        const mayHelp = passes || maySettle;
        if (error instanceof Failure || !mayHelp || this.isOver) {
          throw error instanceof Failure ? error : said;
        }
        console.log(`waits after ${said.message}`);
      }
    }
  }
}

/** Does what CloudFormation asks for, and tells it what became of that. */
async function answer(event, context, work) {
  const time = context.getRemainingTimeInMillis() - TIME_TO_ANSWER;
  const limit = Number(event.ResourceProperties.Timeout ?? Infinity) * 1000;
  const known = { RequestId: event.RequestId, StackId: event.StackId, LogicalResourceId: event.LogicalResourceId };
  let answered;
  try {
    const { id, data } = await work(event, new Clock(Math.min(time, limit)));
    answered = { ...known, Status: 'SUCCESS', PhysicalResourceId: id, Data: data };
  } catch (error) {
    console.error(error);
    answered = {
      ...known,
      Status: 'FAILED',
      // What was never made has an id that a deletion knows it by.
      PhysicalResourceId: event.PhysicalResourceId ?? NEVER_MADE,
      Reason: String(error.message),
    };
  }
  await send(event.ResponseURL, fit(answered));
}

/** Cuts what is text for people, the reason or the status, from its end: as much as makes the answer short enough. */
function fit(answered) {
  const holder = answered.Reason === undefined ? answered.Data : answered;
  const name = answered.Reason === undefined ? 'Status' : 'Reason';
  for (;;) {
    const body = JSON.stringify(answered);
    const excess = Buffer.byteLength(body) - LONGEST_ANSWER;
    if (excess <= 0 || !holder?.[name]) {
      return body;
    }
    // Six bytes at most are of one character, as JSON writes it.
    holder[name] = holder[name].slice(0, -Math.ceil(excess / 6));
  }
}

const NEVER_MADE = 'never made';

/** The URL is signed without a type of content, which fetch would add. */
async function send(url, body) {
  for (let tries = 1; ; tries++) {
    try {
      const signal = AbortSignal.timeout(TIME_TO_SEND);
      const { ok, status } = await fetch(url, { method: 'PUT', headers: { 'content-type': '' }, body, signal });
      if (ok) {
        return;
      }
      throw new Error(`CloudFormation's answer to the answer was ${status}`);
    } catch (error) {
      if (tries === 3) {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}
