// Asks the outside tool @cloud-copilot/iam-simulate about many requests at once; its folder is the only argument.
import { pathToFileURL } from 'node:url'
const tool = await import(pathToFileURL(process.argv[2] + '/node_modules/@cloud-copilot/iam-simulate/dist/esm/index.js'))
let body = ''
process.stdin.setEncoding('utf8')
for await (const part of process.stdin) body += part
const answers = []
for (const simulation of JSON.parse(body)) {
  const told = await tool.runSimulation(simulation, {})
  answers.push(told.result?.analysis?.result ?? JSON.stringify(told.errors ?? told))
}
console.log(JSON.stringify(answers))
