"""Locked packages, beside what npm, pnpm, yarn, cargo and uv read from the same lock files."""

import json, os, re

from running import env, inside, read, tool
from text import say


def npm_packages(place, _):
    """(name, version) of everything in a package-lock.json."""
    found = json.loads(read(["npm", "query", "*", "--package-lock-only"], cwd=place).stdout)
    # Workspaces and links to folders are the repository's own.
    return {(one["name"], one["version"]) for one in found if one.get("location") and "node_modules" in one["location"] and one.get("version") and not (one.get("resolved") or "").startswith("file:")}


def cargo_packages(place, _):
    """(name, version) of everything in a Cargo.lock that is not the repository's own."""
    found = read(["cargo", "metadata", "--format-version", "1", "--locked", "--offline", "--all-features"], cwd=place)
    if found.returncode:
        raise ValueError(found.stderr.decode(errors="replace").strip().splitlines()[-1])
    return {(one["name"], one["version"]) for one in json.loads(found.stdout)["packages"] if one["source"]}


def uv_packages(place, _):
    """(name, version) of everything in a uv.lock."""
    words = ["uv", "export", "--frozen", "--offline", "--all-packages", "--all-groups", "--all-extras", "--no-hashes", "--no-header", "--no-annotate"]
    found = read(words, cwd=place)
    if found.returncode:
        raise ValueError(found.stderr.decode(errors="replace").strip())
    return {tuple(match.groups()) for match in re.finditer(r"^([\w.-]+)(?:\[[^\]]*\])?==([^\s;]+)", found.stdout.decode(), flags=re.M)}


def pnpm_packages(place, projects):
    """(name, version) of what some projects of a pnpm-lock.yaml use."""
    # Of several pnpm, the first that can read a lock file alone: 10 and later. Asked for the projects that we report:
    # those in hidden folders and the examples are left out.
    filters = [word for project in projects for word in ("--filter", f"{{./{project}}}" if project else "{.}")]
    for directory in env["PATH"].split(os.pathsep):
        program = os.path.join(directory, "pnpm")
        if os.path.exists(program):
            found = read([program, "ls", "--lockfile-only", "--depth", "Infinity", "--json", *filters], cwd=place, npm_config_manage_package_manager_versions="false")
            if found.returncode == 0:
                break
    else:
        raise ValueError((found.stderr or found.stdout).decode(errors="replace").strip()[:200])
    wanted = {os.path.normpath(os.path.join(os.path.realpath(place), project)) for project in projects}
    packages, stack = set(), [one for one in json.loads(found.stdout) if one["path"] in wanted]
    while stack:
        one = stack.pop()
        for key in ("dependencies", "devDependencies", "optionalDependencies", "unsavedDependencies"):
            for name, inner in one.get(key, {}).items():
                version = inner.get("version", "")
                if not version.startswith(("link:", "file:")):
                    packages.add((inner.get("from", name), version))
                stack.append(inner)
    return packages


def yarn_packages(place, _):
    """(name, version) of everything in a yarn.lock."""
    # Plugins and yarn itself may be files of the repository: of its settings, only the catalogs are heeded.
    settings = os.path.join(place, ".yarnrc.yml")
    if os.path.exists(settings):
        with open(settings) as file:
            blocks = re.findall(r"^catalogs?:.*\n(?:[ \t].*\n|\n)*", file.read(), flags=re.M)
        with open(os.path.join(place, env["YARN_RC_FILENAME"]), "w") as file:
            file.write("".join(blocks))
    found = read(["yarn", "info", "--all", "--recursive", "--json"], cwd=place)
    if found.returncode:
        raise ValueError((found.stderr or found.stdout).decode(errors="replace").strip()[:200])
    packages = set()
    for line in found.stdout.splitlines():
        one = json.loads(line)
        name, reference = re.match(r"(@?[^@]+)@(.*)", one["value"]).groups()
        version = one["children"]["Version"]
        if not version.endswith("-use.local") and "virtual:" not in reference:
            packages.add((name, version))
    return packages


READERS = {
    "package-lock.json": ("npm", npm_packages), "Cargo.lock": ("cargo", cargo_packages), "uv.lock": ("uv", uv_packages), "pnpm-lock.yaml": ("pnpm", pnpm_packages),
    "yarn.lock": ("yarn", yarn_packages),
}


def dependencies(repo, show):
    """Locked packages of every lock file beside those that its own tool reads from it."""
    results = repo.analysed()
    maps = [one for one in inside(results, lambda one: {"totals", "projects", "locks"} <= set(one))]
    if not maps:
        return say("  not in this build: dependencies_analysis")
    answer, unexplained = {}, 0
    ecosystems = {"npm": "npm", "pnpm": "npm", "yarn": "npm", "cargo": "cargo", "uv": "pypi"}
    for lock in maps[0]["locks"]:
        name, reader = READERS.get(os.path.basename(lock["path"]), (None, None))
        if not name or not tool(name):
            say(f"  {lock['path']}: not compared: " + (f"{name} is missing" if name else f"no tool here reads {lock['format']}"))
            continue
        place = os.path.join(repo.copy(), os.path.dirname(lock["path"]))
        try:
            folder_of = os.path.dirname(lock["path"])
            theirs = reader(place, [os.path.relpath(project, folder_of) if folder_of else project for project in lock["projects"]])
        except (ValueError, KeyError, AttributeError) as error:
            say(f"  {lock['path']}: not compared: {name}: {error}")
            continue
        mine = set()
        for project in maps[0]["projects"]:
            if lock["path"] in project["locks"]:
                for one in project["direct"]:
                    if one["ecosystem"] == ecosystems[name] and one["status"] == "locked":
                        # Under another name: `npm:NAME@VERSION`.
                        alias = re.match(r"npm:(@?[^@]+)@", one["constraint"])
                        mine |= {(alias[1] if alias else one["name"], version) for version in one["versions"]}
                mine |= {(one["name"], one["version"]) for one in project["transitive"] if one["ecosystem"] == ecosystems[name]}
        say(f"  {lock['path']}: {len(mine)} packages in versions of {len(lock['projects'])} projects, {name} {len(theirs)}, both {len(mine & theirs)}; {lock['packages']} in the file")
        for side, rest in (("ours only", mine - theirs), (f"{name} only", theirs - mine)):
            unexplained += len(rest)
            for one in sorted(rest)[: 4 * show]:
                other = sorted(version for known, version in (theirs if side == "ours only" else mine) if known == one[0])
                say(f"         UNEXPLAINED {side}: {one[0]} {one[1]}" + (f" (there: {', '.join(other)})" if other else ""))
        answer[lock["path"]] = {"ours": len(mine), "theirs": len(theirs), "both": len(mine & theirs), "ours_only": sorted(mine - theirs), "theirs_only": sorted(theirs - mine)}
    if not maps[0]["locks"]:
        say("  no lock files")
    return {**answer, "unexplained": unexplained}
