// node replicate.js FOLDER URL BATCH: replicates a database into a new one of its own, and says how
// many documents came in how many milliseconds.
const fs = require("fs");
const path = require("path");
const PouchDB = require("pouchdb");
const [folder, url, batch] = process.argv.slice(2);

fs.mkdirSync(folder, { recursive: true });
const own = new PouchDB(path.join(folder, "db"));
const began = performance.now();
own.replicate.from(url, { batch_size: Number(batch), batches_limit: 10 }).then((done) => {
  console.log(JSON.stringify({ documents: done.docs_written, ms: performance.now() - began }));
  process.exit(0);
});
