# What a contributor runs; .ci/run does the same and more from a clean clone.
PYTHON ?= python3
SITE := docs/_build/html
MATHJAX := docs/_build/mathjax/tex-svg.js
MATHJAX_VERSION := 3.2.2
MATHJAX_SHA256 := d4295dc33744836935c1399feece5159577b34c5c8ffb9f1c6324cd82e03a882

# The page's map is drawn with D3, shipped beside its licence; axe-core tests the page and is not shipped.
VENDOR := src/megathrust/report/vendor
D3_PACKAGES := d3-array@3.2.4 d3-geo@3.1.1
AXE := build/axe/axe.min.js
AXE_VERSION := 4.10.3
AXE_SHA256 := 880970c081707360e64f34cea25ff91892f5bc95675b0776925b9709dd8a68bb

OLDEST := .oldest

.PHONY: check test coverage oldest docs notebooks d3 axe clean

check:
	ruff check .
	ruff format --check .
	mypy
	lint-imports

test:
	OMP_NUM_THREADS=1 PYTHONHASHSEED=0 $(PYTHON) -m pytest

# What no test reaches, and the floor; measuring it costs the suite two thirds more time, so it is asked for.
coverage:
	OMP_NUM_THREADS=1 PYTHONHASHSEED=0 $(PYTHON) -m pytest -n 2 --dist loadfile --cov --cov-report=term

# The lowest versions that pyproject.toml allows, torch excepted, in an environment of their own; on demand.
# What they say about the newer packages beneath them is left alone.
oldest:
	$(PYTHON) -m venv $(OLDEST)
	$(OLDEST)/bin/pip install --quiet -c constraints-oldest.txt -e '.[test,catalogs,distributed]' $$(grep ^torch== constraints.txt)
	OMP_NUM_THREADS=1 PYTHONHASHSEED=0 $(OLDEST)/bin/python -m pytest -W ignore::DeprecationWarning tests/unit tests/contract

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

# Takes the libraries of the page from npm again; the test of their hashes says whether they are the same.
d3:
	mkdir -p build/d3
	for package in $(D3_PACKAGES); do \
		name=$${package%@*}; \
		tarball=$$(cd build/d3 && npm pack --silent $$package) && \
		tar -xzf build/d3/$$tarball -C build/d3 && \
		cp build/d3/package/dist/$$name.min.js $(VENDOR)/$$name.min.js && \
		cp build/d3/package/LICENSE $(VENDOR)/$$name-LICENSE.txt || exit 1; \
	done

axe: $(AXE)

$(AXE):
	mkdir -p $(@D)
	cd $(@D) && npm pack --silent axe-core@$(AXE_VERSION)
	tar -xzf $(@D)/axe-core-$(AXE_VERSION).tgz -C $(@D) --strip-components=1 package/axe.min.js
	rm $(@D)/axe-core-$(AXE_VERSION).tgz
	echo "$(AXE_SHA256)  $@" | sha256sum --check --quiet || { rm $@; exit 1; }

clean:
	rm -rf docs/_build docs/api/generated
