namespace Gateway.Ingress.Metering;

internal readonly record struct RequestSize(int BodyBytes);
