using System.Reflection;

namespace Dapr.Actors.Wire;

internal sealed class ActorMethod
{
    private readonly MethodInfo _method;
    private readonly MethodInvoker _invoke;
    private readonly bool _takesCancellation;
    private readonly Func<Task, Task<object?>> _result;
    private readonly Func<Task<object?>, Task> _typed;

    public ActorMethod(MethodInfo method, int interfaceId, int id)
    {
        _method = method;
        _invoke = MethodInvoker.Create(method);
        InterfaceId = interfaceId;
        Id = id;
        var all = method.GetParameters();
        _takesCancellation = all.LastOrDefault()?.ParameterType == typeof(CancellationToken);
        var sent = _takesCancellation ? all[..^1] : all;
        Check(sent);
        Parameters = [.. sent.Select(p => new Parameter(p.Name!, p.ParameterType))];

        ResultType = method.ReturnType.IsGenericType ? method.ReturnType.GetGenericArguments()[0] : null;
        _result = ResultType is null ? NoResult : Generic<Func<Task, Task<object?>>>(nameof(Result), ResultType);
        _typed = ResultType is null ? task => task : Generic<Func<Task<object?>, Task>>(nameof(Typed), ResultType);
    }

    public int InterfaceId { get; }
    public int Id { get; }
    public string Name => _method.Name;

    /// <summary>All parameters but the cancellation token, which is not sent.</summary>
    public Parameter[] Parameters { get; }

    /// <summary>null: the method returns a plain <see cref="Task"/>.</summary>
    public Type? ResultType { get; }

    public override string ToString() => $"{_method.DeclaringType?.Name}.{Name}";

    public Task<object?> InvokeAsync(object actor, object?[] arguments, CancellationToken cancellationToken)
    {
        object?[] all = _takesCancellation ? [.. arguments, cancellationToken] : arguments;
        return _result((Task)_invoke.Invoke(actor, all.AsSpan())!);
    }

    /// <summary>The task that a caller of this method expects.</summary>
    public Task Typed(Task<object?> result) => _typed(result);

    public CancellationToken Cancellation(object?[] all) => _takesCancellation ? (CancellationToken)all[^1]! : CancellationToken.None;

    private void Check(ParameterInfo[] parameters)
    {
        var returns = _method.ReturnType;
        if (returns != typeof(Task) && !(returns.IsGenericType && returns.GetGenericTypeDefinition() == typeof(Task<>)))
            throw new ArgumentException($"The actor method '{this}' must return Task or Task<T>.");
        if (_method.IsGenericMethod || _method.CallingConvention.HasFlag(CallingConventions.VarArgs))
            throw new ArgumentException($"The actor method '{this}' must be neither generic nor of variable arguments.");
        foreach (var parameter in parameters)
        {
            if (parameter.ParameterType.IsByRef || parameter.IsOut || parameter.IsOptional)
                throw new ArgumentException($"The parameter '{parameter.Name}' of the actor method '{this}' must be neither out, ref nor optional.");
            if (parameter.ParameterType == typeof(CancellationToken))
                throw new ArgumentException($"The actor method '{this}' can take a cancellation token only as its last parameter.");
        }
    }

    private static TDelegate Generic<TDelegate>(string name, Type argument) where TDelegate : Delegate =>
        typeof(ActorMethod).GetMethods(BindingFlags.NonPublic | BindingFlags.Static)
            .Single(m => m.Name == name && m.IsGenericMethod).MakeGenericMethod(argument).CreateDelegate<TDelegate>();

    private static async Task<object?> NoResult(Task task)
    {
        await task;
        return null;
    }

    private static async Task<object?> Result<T>(Task task) => await (Task<T>)task;

    private static async Task<T> Typed<T>(Task<object?> task) => await task is T value ? value : default!;

    internal readonly record struct Parameter(string Name, Type Type);
}
