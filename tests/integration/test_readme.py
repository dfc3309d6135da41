"""The commands of README.md, run as they stand there."""
import os
import pathlib
import re
import subprocess

from ocs import BUILD, make_csr

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


def test_commands_of_the_operations_manual_work(start_demo, tmp_path):
    d = start_demo()
    number = d.submit_id(make_csr()[0])
    d.issue(number)
    (tmp_path / "build").symlink_to(BUILD)
    text = (ROOT / "docs" / "operations.md").read_text()
    script = "".join(re.findall(r"```sh\n(.*?)```", text, re.S))
    p = subprocess.run(["bash", "-euo", "pipefail", "-c", script],
                       cwd=tmp_path, capture_output=True, text=True,
                       env={**os.environ, "LC_ALL": "C", "demo": str(d.dir),
                            "number": str(number)})
    assert p.returncode == 0, p.stdout + p.stderr
    assert "expires in" in p.stdout and "1 would be revoked" in p.stdout
