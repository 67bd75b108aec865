// A CouchDB-compatible server of one database, `council`, made of a file of documents, a line each.
// node serve.js FOLDER DOCUMENTS: says on which port it listens, once it has them.
const fs = require("fs");
const path = require("path");
const express = require("express");
const [folder, documents] = process.argv.slice(2);
const A_BATCH = 2000;

fs.mkdirSync(folder, { recursive: true });
const PouchDB = require("pouchdb").defaults({ prefix: folder + path.sep });
const app = express();
app.use(
  require("express-pouchdb")(PouchDB, {
    mode: "minimumForPouchDB",
    configPath: path.join(folder, "config.json"),
    logPath: path.join(folder, "log.txt"),
  }),
);

async function fill() {
  const council = new PouchDB("council");
  const lines = fs.readFileSync(documents, "utf8").trim().split("\n");
  for (let at = 0; at < lines.length; at += A_BATCH) {
    await council.bulkDocs(lines.slice(at, at + A_BATCH).map((line) => JSON.parse(line)));
  }
}

fill().then(() => {
  const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));
});
process.stdin.on("end", () => process.exit(0)).resume();
