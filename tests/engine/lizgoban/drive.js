// Lets lizgoban's own engine class analyse a game: node drive.js SRC SIZE COMMAND WORD...
//
// SRC is the folder src of lizgoban. The game is two stones of handicap and White's answer, handed over as lizgoban does
// it. Prints one JSON document: what it holds the engine to support, its complaints, what it suggests, and the policy.

const [src, size, command, ...words] = process.argv.slice(2)
const use = name => require(`${src}/${name}.js`)
use('globalize').globalize(use('util'), use('coord'))
set_board_size(Number(size))

const FEATURES = ['lz-setoption', 'kata-analyze', 'kata-set-rules', 'set_free_handicap', 'set_position', 'minmoves',
                  'kata-raw-nn', 'pvVisits', 'pvEdgeVisits', 'ownershipStdev', 'movesOwnership', 'rootInfo', 'allow',
                  'clear_cache', 'kata-search_cancellable', 'sub_model_humanSL']
const moves = [['C3', true], ['G7', true], ['E5', false]]
const history = moves.map(([move, is_black]) => ({move, is_black}))
const complaints = []
const engine = use('engine').create_leelaz()

let begun = false
const begin = () => {
    if (begun) {return}
    begun = true
    engine.set_board(history, {bturn: true, komi: 0.5, gorule: 'japanese', handicaps: 2, init_len: 2, ownership_p: true,
                               analysis_after_raw_nn_p: true, humansl_scan_profiles: []})
}
let last
const suggest = seen => {
    if (!begun || !seen.ownership) {return}
    last || engine.peek_kata_raw_nn([], finish)
    last = seen
}
const finish = network => {
    const {suggest, ownership, komi, gorule, b_winrate, score_without_komi} = last
    const supported = FEATURES.filter(engine.is_supported)
    const {policy} = network
    const document = {supported, complaints, suggest, ownership, policy, komi, gorule, b_winrate, score_without_komi}
    process.stdout.write(JSON.stringify(document), () => {engine.kill(); process.exit(0)})
}
const complain = kind => what => complaints.push([kind, what])
engine.start({
    leelaz_command: command, leelaz_args: words, analyze_interval_centisec: 10, wait_for_startup: true,
    minimum_suggested_moves: 30, ready_handler: begin, suggest_handler: suggest,
    restart_handler: complain('restart'), error_handler: complain('error'), illegal_handler: complain('illegal'),
    command_failure_handler: complain('failure'),
})
