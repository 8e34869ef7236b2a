"""How the site is built: ``make docs``. Nothing is loaded from elsewhere, now or by the reader's browser."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

project = "megathrust"
author = "The megathrust developers"
copyright = "the megathrust developers; text and figures under the licence of the package"

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "numpydoc",
    "myst_nb",
    "sphinx_copybutton",
    "sphinx_design",
    "api_pages",
    "gallery",
]
exclude_patterns = ["_build", "_ext", "**.ipynb_checkpoints", "notebooks/*.py"]
nitpicky = True
# A name in single backticks of a docstring is public, or one of these: of another package, or private.
default_role = "py:obj"
nitpick_ignore_regex = [(r"py:.*", r"(sklearn|pandas|numpy|torch|optuna|cartopy|matplotlib)\..*")]
PRIVATE = "ALL_ROWS COMMENTED LABEL_DETAILS OUTCOMES RUPTURE_COLUMNS WHITESPACE linear_start median_extent"
nitpick_ignore = [("py:obj", name) for name in PRIVATE.split()]
templates_path: list[str] = []

# Pages: Markdown, and notebooks as they were executed by `make notebooks`.
myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"
nb_merge_streams = True
copybutton_exclude = ".linenos, .gp, .go"

# Docstrings say types, shapes and units in words; signatures need not repeat them.
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
numpydoc_xref_param_type = False

html_theme = "pydata_sphinx_theme"
html_title = "megathrust"
html_static_path = ["_static", "_build/mathjax"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_last_updated_fmt = None
html_sidebars = {"index": [], "gallery": []}
html_theme_options = {
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "header_links_before_dropdown": 8,
    "navigation_depth": 2,
    "show_toc_level": 2,
    "secondary_sidebar_items": ["page-toc"],
}
# One file that draws formulas with outlines of its own: no fonts, no other files.
mathjax_path = "tex-svg.js"
mathjax3_config = {"options": {"enableMenu": False}}
