"""A second measurement of functions on syntax trees: Python's own, and Babel's for JavaScript and TypeScript."""

import ast, collections, json

from running import node_module, read, tool


class Unit:
    """A function and its decisions by kind: by our definition, and as radon sees them."""

    def __init__(self, name, line, end, listed=True):
        self.name, self.line, self.end, self.listed = name, line, end, listed
        self.ours, self.radon = collections.Counter(), collections.Counter()

    def value(self):
        """The complexity by our definition."""
        return 1 + sum(self.ours.values())

    def radon_value(self):
        """The complexity that radon gives, if radon is understood."""
        return 1 + sum(self.radon.values())


def python_units(source):
    """The functions of a Python file, measured on Python's own syntax tree."""
    units = []

    # `unit` is the function that we count for; `seen` whether radon sees this place; `listed` whether it lists functions here.
    def visit(node, unit, seen, listed):
        def add(kind, ours, radon):
            if unit:
                unit.ours[kind] += ours
                if seen:
                    unit.radon[kind] += radon

        def go(nodes, unit=unit, seen=seen, listed=listed):
            for child in nodes:
                if isinstance(child, ast.AST):
                    visit(child, unit, seen, listed)

        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                go(node.decorator_list, seen=False)
                inner = Unit(node.name, node.lineno, node.end_lineno, listed)
                units.append(inner)
                go([node.args, node.returns, *getattr(node, "type_params", [])], inner, False)
                return go(node.body, inner, True)
            case ast.ClassDef():
                # radon forgets classes in functions, and those in classes.
                go(node.decorator_list + node.bases + node.keywords, seen=False)
                return go(node.body, unit, False if unit else seen, listed and unit is None and not getattr(node, "inner", False))
            case ast.Assert():
                add("assert", 0, 1)
                return go([node.test, node.msg], seen=False)
            case ast.If():
                add("if", 1, 1)
            case ast.IfExp():
                add("if", 1, 1)
            case ast.For() | ast.AsyncFor() | ast.While():
                add("while" if isinstance(node, ast.While) else "for", 1, 1)
                add("else of a loop", 0, bool(node.orelse))
            case ast.Try() | ast.TryStar():
                starred = isinstance(node, ast.TryStar)
                add("except*" if starred else "except", len(node.handlers), 0 if starred else len(node.handlers))
                add("else of try", 0, bool(node.orelse) and not starred)
            case ast.BoolOp():
                add("and, or", len(node.values) - 1, len(node.values) - 1)
            case ast.comprehension():
                add("for", 1, 1)
                add("if", len(node.ifs), len(node.ifs))
            case ast.Match():
                any_of = lambda case: getattr(case.pattern, "pattern", False) is None
                add("case", sum(not (any_of(case) and case.pattern.name is None) for case in node.cases), max(0, len(node.cases) - any(map(any_of, node.cases))))
                add("if", sum(case.guard is not None for case in node.cases), 0)
        go(ast.iter_child_nodes(node))

    tree = ast.parse(source)
    for outer in ast.walk(tree):
        if isinstance(outer, ast.ClassDef):
            for child in ast.walk(outer):
                if child is not outer and isinstance(child, ast.ClassDef):
                    child.inner = True
    visit(tree, None, True, True)
    return units


BABEL = r"""
const { parse } = require(process.argv[1]);
const fs = require("fs");
const FUNCTIONS = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression", "ObjectMethod", "ClassMethod", "ClassPrivateMethod"]);
const KINDS = { IfStatement: "if", ConditionalExpression: "?", ForStatement: "for", ForInStatement: "for", ForOfStatement: "for", WhileStatement: "while",
  DoWhileStatement: "while", CatchClause: "catch" };
function units(path) {
  const source = fs.readFileSync(path, "utf8");
  const typed = /\.[cm]?tsx?$/.test(path);
  const sets = typed ? [/x$/.test(path) ? ["typescript", "jsx"] : ["typescript"]] : [["jsx"], ["jsx", "flow"], []];
  let tree, error;
  for (const set of sets) {
    try { tree = parse(source, { sourceType: "unambiguous", errorRecovery: true, allowReturnOutsideFunction: true, plugins: [...set, "decorators", "decoratorAutoAccessors"] }).program; break; }
    catch (failed) { error ??= String(failed.message); }
  }
  if (!tree) return { error };
  const all = [];
  const stack = [[tree, null]];
  while (stack.length) {
    let [node, unit] = stack.pop();
    if (FUNCTIONS.has(node.type) && node.body) {
      unit = { name: (node.id ?? node.key)?.name ?? "", line: node.loc.start.line, end: node.loc.end.line, kinds: {} };
      all.push(unit);
    }
    let kind = KINDS[node.type];
    if (node.type === "SwitchCase" && node.test) kind = "case";
    if (node.type === "LogicalExpression") kind = node.operator;
    if (node.type === "AssignmentExpression" && ["&&=", "||=", "??="].includes(node.operator)) kind = node.operator;
    if (kind && unit) unit.kinds[kind] = (unit.kinds[kind] ?? 0) + 1;
    for (const key in node) {
      if (key === "loc" || key === "errors" || key.endsWith("Comments")) continue;
      for (const child of [node[key]].flat()) if (child && typeof child.type === "string") stack.push([child, unit]);
    }
  }
  return { units: all };
}
for (const path of fs.readFileSync(0, "utf8").split("\0")) if (path) console.log(JSON.stringify([path, units(path)]));
"""


def babel_units(repo, paths):
    """Path → functions of JavaScript and TypeScript, measured on Babel's syntax tree; or the text of its error. None without Babel."""
    parser = node_module("@babel/parser")
    if not (parser and tool("node")):
        return None
    out = read(["node", "-e", BABEL, parser], cwd=repo.copy(), stdin="\0".join(paths).encode()).stdout
    result = {}
    for line in out.splitlines():
        path, one = json.loads(line)
        if "error" in one:
            result[path] = one["error"]
            continue
        result[path] = []
        for unit in one["units"]:
            made = Unit(unit["name"], unit["line"], unit["end"])
            made.ours.update(unit["kinds"])
            result[path].append(made)
    return result
