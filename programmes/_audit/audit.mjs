// Audits a GraphQL endpoint by the suite of the graphql-http package: `node audit.mjs URL`.
// One line for each audit that is not ok, the counts, and exit code 1 if there was any.

import { auditServer } from 'graphql-http';

const results = await auditServer({ url: process.argv[2] });
const counts = { ok: 0, notice: 0, warn: 0, error: 0 };
for (const { id, name, status, reason, response } of results) {
  counts[status] += 1;
  if (status !== 'ok') {
    console.log(`${status}: ${id} ${name}\n    ${reason} (the answer had status ${response.status})`);
  }
}
console.log(Object.entries(counts).map(([status, number]) => `${status} ${number}`).join(', '));
process.exitCode = results.length > 0 && counts.ok === results.length ? 0 : 1;
