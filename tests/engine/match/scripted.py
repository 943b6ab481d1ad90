"""A GTP engine that plays what its first argument says: {"b": moves, "w": moves} in JSON, passes after them.

For a move it also takes `die`, `hang` and any text at all; `{"refuse": command}` is a command that it refuses, `delay`
the seconds that a move takes, `log` a file that hears every command.
"""

import json
import sys
import time

script = json.loads(sys.argv[1])
left = {}
for line in sys.stdin:
    if "log" in script:
        with open(script["log"], "a") as log:
            log.write(line)
    command, *arguments = line.split()
    if line.startswith(script.get("refuse", "-")):
        print("? no\n", flush=True)
        continue
    reply = ""
    if command == "clear_board":
        left = {colour: list(script.get(colour, [])) for colour in "bw"}
    elif command == "list_commands":
        reply = "list_commands\nset_free_handicap\ntime_settings\ntime_left\nkgs-rules\nfinal_score"
    elif command == "final_score":
        reply = script.get("score", "0")
    elif command == "genmove":
        time.sleep(script.get("delay", 0))
        moves = left[arguments[0][0]]
        reply = moves.pop(0) if moves else "pass"
        if reply == "die":
            sys.exit("this is the end")
        if reply == "hang":
            time.sleep(60)
    print(f"= {reply}\n", flush=True)
    if command == "quit":
        break
