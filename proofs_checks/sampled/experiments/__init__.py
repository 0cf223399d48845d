"""Section D: networks on Van der Pol, Lorenz, Rossler and weather data, beside simpler models."""
