import { Job, runJob } from './processes';

/** Runs one side of an app in a process of its own, and prints what it took. */
const job: Job = JSON.parse(process.argv[2]);
console.log(JSON.stringify(runJob(job)));
