"""Speed, measured: `make figures`. Each figure stands beside a reference of the same run."""
