# What a contributor runs; .ci/run does the same and more from a clean clone.
PYTHON ?= python3
SITE := docs/_build/html
MATHJAX := docs/_build/mathjax/tex-svg.js
MATHJAX_VERSION := 3.2.2
MATHJAX_SHA256 := d4295dc33744836935c1399feece5159577b34c5c8ffb9f1c6324cd82e03a882

.PHONY: check test docs notebooks clean

check:
	ruff check .
	ruff format --check .
	mypy
	lint-imports

test:
	OMP_NUM_THREADS=1 PYTHONHASHSEED=0 $(PYTHON) -m pytest

# Any warning ends the build: a page that is not in the contents, a name that does not exist, a link to nowhere.
docs: $(MATHJAX)
	$(PYTHON) -m sphinx -W --keep-going -q -b html docs $(SITE)
	@echo "open $(SITE)/index.html"

notebooks:
	$(PYTHON) tools/run_notebooks.py

# Formulas are drawn by a copy inside the site; the page that a reader opens loads nothing from elsewhere.
$(MATHJAX):
	mkdir -p $(@D)
	cd $(@D) && npm pack --silent mathjax@$(MATHJAX_VERSION)
	tar -xzf $(@D)/mathjax-$(MATHJAX_VERSION).tgz -C $(@D) --strip-components=2 package/es5/tex-svg.js
	tar -xzf $(@D)/mathjax-$(MATHJAX_VERSION).tgz -C $(@D) --strip-components=1 package/LICENSE
	mv $(@D)/LICENSE $(@D)/MATHJAX-LICENSE.txt
	rm $(@D)/mathjax-$(MATHJAX_VERSION).tgz
	echo "$(MATHJAX_SHA256)  $@" | sha256sum --check --quiet || { rm $@; exit 1; }

clean:
	rm -rf docs/_build docs/api/generated
