"""What the protection of rollups hides beside small rows, against the least that would do.

    cargo bench --bench rollup_patterns | python benches/suppression_cost.py

Each line of its input is a small rollup of two crossed dimensions over counties and their city, with what is hidden of
it. By a mixed-integer program (HiGHS) the cheapest set of rows is found that, hidden beside the small ones, leaves each
small row open by t - 2 to one who takes all sums as exact; where the solver does not end in time, the rollup is left
out. Fails when all rows hidden beside small ones cost more than half as much again, or when the pattern that is judged
leaves a small row open too little.
"""

import json
import sys

import highspy
import numpy as np

SECONDS = 20.0


def sums(places):
    """The sums of a rollup: whole and parts, by number of the row; what has no row is nobody."""
    at = {(node, *slot): row for row, (node, slot) in enumerate(places)}
    nodes = {node for node, _ in places}
    found = []

    def add(whole, parts):
        rows = [at[p] for p in parts if p in at]
        if whole in at or rows:
            found.append(([at[whole]] if whole in at else [], rows))

    slots = {tuple(slot) for _, slot in places}
    for slot in sorted(slots):
        add((0, *slot), [(node, *slot) for node in sorted(nodes) if node])
    first, second = sorted({a for a, _ in slots if a >= 0}), sorted({b for _, b in slots if b >= 0})
    for node in sorted(nodes):
        add((node, -1, -1), [(node, a, -1) for a in first])
        add((node, -1, -1), [(node, -1, b) for b in second])
        for a in first:
            add((node, a, -1), [(node, a, b) for b in second])
        for b in second:
            add((node, -1, b), [(node, a, b) for a in first])
    return found


def program(table, hidden=None):
    """Of every small row two tables that are `width` apart in it; with `hidden` given, whether these rows are enough."""
    places, values, costs = table["places"], table["values"], table["costs"]
    small = [row for row, is_small in enumerate(table["small"]) if is_small]
    h = highspy.Highs()
    h.setOptionValue("output_flag", False)
    h.setOptionValue("threads", 1)
    h.setOptionValue("time_limit", SECONDS)
    hides = []
    for row, value in enumerate(values):
        is_given = row in small or (hidden is not None and hidden[row])
        least = 1.0 if is_given else 0.0
        most = least if hidden is not None else 1.0
        hides.append(h.addVariable(lb=least, ub=most, obj=0.0 if row in small else float(costs[row]), type=highspy.HighsVarType.kInteger))
    width, most = table["width"], 4 * table["width"]
    relations = sums(places)
    for one in small:
        for_one = []
        for _ in range(2):
            moved = []
            for row, value in enumerate(values):
                # A row stands only where there is something: it is at least 1.
                fall = min(value - 1, most)
                moved.append(h.addVariable(lb=-float(fall), ub=float(most)))
                h.addConstr(moved[row] <= most * hides[row])
                h.addConstr(moved[row] >= -fall * hides[row])
            for whole, parts in relations:
                h.addConstr(sum(moved[p] for p in parts) - sum(moved[w] for w in whole) == 0)
            for_one.append(moved[one])
        h.addConstr(for_one[0] - for_one[1] >= width)
    h.run()
    if h.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return h.getModelStatus(), None
    return h.getModelStatus(), h.getInfo().objective_function_value


def main():
    ours = least = looked = left_out = 0
    worst = 0.0
    rows = hidden_rows = 0
    for line in sys.stdin:
        if not line.startswith("{"):
            continue
        table = json.loads(line)
        status, _ = program(table, table["hidden"])
        if table["failed"] or status != highspy.HighsModelStatus.kOptimal:
            sys.exit(f"not safe ({status}): {line}")
        status, best = program(table)
        if best is None:
            left_out += 1
            continue
        beside = [row for row in range(len(table["values"])) if table["hidden"][row] and not table["small"][row]]
        cost = sum(table["costs"][row] for row in beside)
        looked += 1
        ours += cost
        least += round(best)
        rows += len(table["values"])
        hidden_rows += len(beside)
        worst = max(worst, cost / best if best > 0 else 1.0)
        print(f"rollup of {len(table['values'])} rows, {sum(table['small'])} small: {cost} beside them, at least {best:.0f}", file=sys.stderr)
    print(f"{looked} rollups of {rows} rows ({left_out} left out, the solver did not end): {hidden_rows} rows hidden beside small "
          f"ones, cost {ours}, the least is {least}: {ours / max(least, 1):.3f} times, at most {worst:.2f} in one")
    if looked < 10 or ours > 1.5 * least:
        sys.exit("more than half as much again")


if __name__ == "__main__":
    main()
