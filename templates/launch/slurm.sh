#!/bin/bash
# Workers of one run under SLURM. `masque launch slurm RUN` fills in the words in double braces and hands this to sbatch.
#SBATCH --job-name={{name}}
#SBATCH --array=0-{{last}}
#SBATCH --cpus-per-task={{jobs}}
#SBATCH --output="{{logs}}/slurm-%A_%a.log"
# After a preemption or the loss of a node: the task comes back, and works on whatever is left.
#SBATCH --requeue
#SBATCH --open-mode=append
# A minute before the time limit the worker is told to release its cells: it ends with 0, and others take them.
#SBATCH --signal=B:TERM@60
{{more}}
exec {{masque}} work {{run}} --jobs {{jobs}} --lease {{lease}}{{plugins}}
