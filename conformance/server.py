"""What both comparisons need of the real datajoint: a connection, and what a no-change `alter()` would send."""

import os
import urllib.parse

import datajoint as dj


def configure(url, modern, stores, folder):
    """Points datajoint to a server, with file stores of these names below a folder."""
    parts = urllib.parse.urlsplit(url)
    postgres = parts.scheme.startswith("postgres")
    dj.config["database.host"] = parts.hostname
    dj.config["database.port"] = parts.port
    dj.config["database.user"] = urllib.parse.unquote(parts.username)
    dj.config["database.password"] = urllib.parse.unquote(parts.password)
    dj.config["safemode"] = False
    if modern:
        dj.config["database.backend"] = "postgresql" if postgres else "mysql"
        if postgres:
            dj.config["database.name"] = "postgres"
        else:
            dj.config["database.use_tls"] = False
        dj.config.stores = {n: {"protocol": "file", "location": f"{folder}/{n}"} for n in stores}
        if stores:
            dj.config.stores["default"] = stores[0]
    else:
        dj.config["database.use_tls"] = False
        dj.config["stores"] = {n: {"protocol": "file", "location": f"{folder}/{n}", "stage": f"{folder}/{n}"} for n in stores}
    for n in stores:
        os.makedirs(f"{folder}/{n}", exist_ok=True)


def no_change_alter(table, context, modern):
    """Returns what `describe()` says, and what alter() would send for an unchanged definition; each may be the error that it ends in."""
    from datajoint import declare as d

    instance = table()
    context = dict(context, self=table)
    master = getattr(table, "_master", None)
    # The name of a part alone means no part: another table may have it.
    owner = table if master is None else master
    context[owner.__name__] = owner
    if master is not None:
        context["master"] = master
    described = None
    try:
        described = instance.describe(context=context, printout=False)
        if modern:
            out = d.alter(instance.definition, described, context, instance.connection.adapter)
        else:
            out = d.alter(instance.definition, described, context)
        return described, str(out[0])
    except Exception as error:  # the kind of failure is what is compared
        failure = f"{type(error).__name__}: {error}"
        return failure if described is None else described, failure
