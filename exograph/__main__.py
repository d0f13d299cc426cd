"""python -m exograph."""

from exograph.cli import main

if __name__ == "__main__":
    main()
