'use strict';

/*
 * Runs the code of a function as AWS Lambda does, with the real SDK: the text as it stands in a template, on its own
 * clock, which may go faster than that of the machine.
 *
 *     node function.js  with { code, event, timeout, speed } on its standard input, and prints what the function returns
 */
const { readFileSync } = require('fs');
const { compileFunction } = require('vm');

const { code, event, timeout, speed = 1 } = JSON.parse(readFileSync(0, 'utf8'));
const start = Date.now();
const now = () => start + (Date.now() - start) * speed;
const wait = (done, milliseconds) => setTimeout(done, milliseconds / speed);

const exported = {};
const parameters = ['exports', 'require', 'setTimeout', 'Date'];
compileFunction(code, parameters, { filename: 'index.js' })(exported, require, wait, { now });
exported.handler(event, { getRemainingTimeInMillis: () => timeout * 1000 - (now() - start) }).then(
  (returned) => {
    console.error(JSON.stringify(returned));
    process.exit(0);
  },
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
