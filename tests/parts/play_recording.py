"""Plays one recorded case with the runner that lies beside it, on ports that nothing else on this machine takes meanwhile.

    play_recording.py FOLDER ARGUMENT…

The runner takes its ports from those that the kernel gives to any client that connects: with other tests beside it, one of them
may have the port by the time that its owner binds it."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from kit import place  # noqa: E402 (the folder of tests is known only now)

folder = sys.argv[1]
sys.path.insert(0, folder)
import conform  # noqa: E402

conform.free_port = place.free_port
sys.argv = [os.path.join(folder, 'conform.py'), *sys.argv[2:]]
conform.main()
