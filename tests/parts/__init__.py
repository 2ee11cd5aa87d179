"""The parts of ./test. Each one makes jobs; a job runs one program and finds test cases in what it prints."""
