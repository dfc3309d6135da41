"""The commands of README.md, run as they stand there."""
import os
import pathlib
import re
import subprocess

from ocs import BUILD

ROOT = pathlib.Path(__file__).resolve().parents[2]


def blocks(language):
    text = (ROOT / "README.md").read_text()
    return re.findall(rf"```{language}\n(.*?)```", text, re.S)


def test_the_round_on_the_command_line_works(start_demo, tmp_path):
    d = start_demo()
    (tmp_path / "build").symlink_to(BUILD)
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "demo").symlink_to(d.dir)
    script, = blocks("sh")
    script = script.replace("https://localhost:8443", d.url)
    p = subprocess.run(["bash", "-euo", "pipefail", "-c", script],
                       cwd=tmp_path, capture_output=True, text=True,
                       env={**os.environ, "LC_ALL": "C"})
    assert p.returncode == 0, p.stdout + p.stderr
    assert "Your Request Id is 2" in p.stdout
    assert "www.pem: OK" in p.stdout


def test_every_file_it_names_is_there():
    text = (ROOT / "README.md").read_text()
    names = re.findall(r"\]\((?!https?:|#)([^)]+)\)", text)
    assert names
    for name in names:
        assert (ROOT / name).exists(), name
    for target in re.findall(r"`make (\w+)`", text):
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(),
                         re.M), target
