"""function.py FILE FUNCTION: runs one test function. Exit status 77: it cannot run here, the last line says why."""
import importlib.util
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import folders  # noqa: E402
from kit.place import Skip  # noqa: E402


def main():
    path, function = sys.argv[1:]
    spec = importlib.util.spec_from_file_location('case', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    status = 0
    try:
        getattr(module, function)()
    except Skip as reason:
        print(reason)
        status = 77
    finally:
        folders.remove_made()
    sys.stdout.flush()
    os._exit(status)  # peers' threads need not end


main()
