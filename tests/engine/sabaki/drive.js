// Plays Sabaki: drives the engine named on the command line with Sabaki's own controller, and prints what happened.

const {ControllerStateTracker} = require('@sabaki/gtp')

const [size, path, ...args] = process.argv.slice(2)

async function main() {
  const tracker = ControllerStateTracker.fromController(path, args)
  const controller = tracker.controller
  const seen = {stderr: []}
  controller.on('stderr', ({content}) => seen.stderr.push(content))
  controller.start()

  // The start: nothing is waited for.
  const greeting = ['name', 'version', 'protocol_version', 'list_commands'].map(name => controller.sendCommand({name}))
  seen.greeting = (await Promise.all(greeting)).map(({content, error}) => ({content, error}))

  const handicap = {name: 'set_free_handicap', args: ['C3', 'G7']}
  const play = (colour, vertex) => ({name: 'play', args: [colour, vertex]})
  const board = async () => (await controller.sendCommand({name: 'showboard'})).content
  const sync = async (...history) => {
    await tracker.sync({komi: 0.5, boardsize: [Number(size), Number(size)], history: [handicap, ...history]})
    return board()
  }

  seen.first = await sync(play('W', 'E5'), play('B', 'D4'), play('W', 'D5'))
  seen.branch = await sync(play('W', 'E5'), play('B', 'D6'))
  seen.start = await sync()

  // An analysis runs until Sabaki asks for something else.
  seen.lines = []
  let enough
  const shown = new Promise(resolve => (enough = resolve))
  const analysis = controller.sendCommand({name: 'analyze', args: ['W', '5']}, ({line, end}) => {
    if (!end) seen.lines.push(line)
    if (seen.lines.length === 5) enough()
  })
  await shown
  const asked = process.hrtime.bigint()
  const interruption = await controller.sendCommand({name: 'protocol_version'})
  seen.milliseconds = Number(process.hrtime.bigint() - asked) / 1e6
  seen.interruption = interruption.content
  seen.analysis = (await analysis).error

  // Analyses that end before they begin, as when the user leafs through a game.
  const burst = []
  for (let i = 0; i < 5; i++) {
    burst.push(controller.sendCommand({name: 'analyze', args: ['W', '50']}))
    burst.push(controller.sendCommand({name: 'protocol_version'}))
  }
  seen.burst = (await Promise.all(burst)).map(({content, error}) => ({content, error}))

  const generated = await controller.sendCommand({name: 'genmove_analyze', args: ['W', '50']})
  seen.generated = generated.content.split('\n').find(line => line.startsWith('play '))
  await new Promise(resolve => setImmediate(resolve))
  seen.history = tracker.state.history
  seen.after = await board()
  seen.unknown = (await controller.sendCommand({name: 'sabaki-genmovelog'})).error

  await controller.stop()
  console.log(JSON.stringify(seen))
}

main().catch(error => {
  console.error(error)
  process.exit(1)
})
