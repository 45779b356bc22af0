using System.Reflection;
using System.Runtime.CompilerServices;

namespace Gateway.Tests.DaprSdk.StandIn;

/// <summary>Renders public and protected members the way the checked-in list of the official packages was rendered.</summary>
internal static class ApiDump
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<Type, string> Aliases = new()
    {
        [typeof(string)] = "string",
        [typeof(int)] = "int",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(object)] = "object",
        [typeof(void)] = "void",
    };

    public static string TypeName(Type type) => $"{type.Namespace}.{Name(type)}";

    public static string Declaration(Type type)
    {
        var kind = type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct" : "class";
        var modifier = kind != "class" ? string.Empty : type is { IsAbstract: true, IsSealed: true } ? "static " : type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : string.Empty;
        var parent = kind == "class" && type.BaseType != typeof(object) ? $" : {Name(type.BaseType!)}" : string.Empty;
        return $"{modifier}{kind} {TypeName(type)}{parent}";
    }

    public static IEnumerable<string> Interfaces(Type type) => type.IsEnum ? [] : type.GetInterfaces().Select(Name);

    public static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum) return [string.Join(", ", Enum.GetNames(type))];
        return type.GetConstructors(Declared).Where(IsVisible).Where(c => !c.IsStatic).Select(c => $"{Access(c)} {Name(type).Split('<')[0]}({Parameters(c)})")
            .Concat(type.GetFields(Declared).Where(f => f.IsPublic || f.IsFamily).Select(f => $"{(f.IsPublic ? "public" : "protected")} {Name(f.FieldType)} {f.Name}"))
            .Concat(type.GetProperties(Declared).Where(p => p.GetAccessors(true).Any(IsVisible)).Select(Property))
            .Concat(type.GetMethods(Declared).Where(m => IsVisible(m) && !m.IsSpecialName).Select(Method));
    }

    public static List<string> SplitTopLevel(string list)
    {
        var (parts, depth, start) = (new List<string>(), 0, 0);
        for (var i = 0; i < list.Length; i++)
        {
            if (list[i] == '<') depth++;
            if (list[i] == '>') depth--;
            if (list[i] != ',' || depth > 0) continue;
            parts.Add(list[start..i].Trim());
            start = i + 1;
        }

        if (start < list.Length) parts.Add(list[start..].Trim());
        return parts;
    }

    private static string Property(PropertyInfo property)
    {
        var accessor = property.GetAccessors(true).Where(IsVisible).OrderByDescending(a => a.IsPublic).First();
        var accessors = string.Join(' ', property.GetAccessors(true).Where(IsVisible)
            .Select(a => (a.IsPublic == accessor.IsPublic ? string.Empty : "protected ") + (a == property.GetMethod ? "get;" : IsInit(a) ? "init;" : "set;")));
        var modifier = property.DeclaringType!.IsInterface ? string.Empty : Modifier(accessor);
        return $"{Access(accessor)} {modifier}{Name(property.PropertyType)} {property.Name} {{ {accessors} }}";
    }

    private static bool IsInit(MethodInfo setter) => setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    private static string Method(MethodInfo method)
    {
        var generic = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : string.Empty;
        var constraints = string.Concat(method.IsGenericMethod
            ? method.GetGenericArguments().Where(a => a.GetGenericParameterConstraints().Length > 0).Select(a => $" where {a.Name} : {string.Join(", ", a.GetGenericParameterConstraints().Select(Name))}")
            : []);
        var access = method.DeclaringType!.IsInterface ? string.Empty : $"{Access(method)} {Modifier(method)}";
        return $"{access}{Name(method.ReturnType)} {method.Name}{generic}({Parameters(method)}){constraints}";
    }

    private static string Modifier(MethodInfo method)
    {
        if (method.IsStatic) return "static ";
        if (method.IsAbstract) return "abstract ";
        if (!method.IsVirtual || method.IsFinal) return string.Empty;
        return method.GetBaseDefinition() == method ? "virtual " : "override ";
    }

    private static string Parameters(MethodBase method)
    {
        var extension = method.IsDefined(typeof(ExtensionAttribute), false) ? "this " : string.Empty;
        return extension + string.Join(", ", method.GetParameters().Select(p => $"{Name(p.ParameterType)} {p.Name}{Default(p)}"));
    }

    private static string Default(ParameterInfo parameter)
    {
        if (!parameter.HasDefaultValue) return string.Empty;
        var type = parameter.ParameterType;
        return parameter.RawDefaultValue switch
        {
            null when type.IsValueType && Nullable.GetUnderlyingType(type) is null => " = default",
            null => " = null",
            string text => $" = \"{text}\"",
            var value when type.IsEnum => $" = {type.Name}.{Enum.ToObject(type, value)}",
            var value => $" = {value}",
        };
    }

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Access(MethodBase method) => method.IsPublic ? "public" : "protected";

    private static string Name(Type type)
    {
        if (Aliases.TryGetValue(type, out var alias)) return alias;
        if (type.IsArray) return $"{Name(type.GetElementType()!)}[]";
        if (Nullable.GetUnderlyingType(type) is { } underlying) return $"{Name(underlying)}?";
        return type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : type.Name;
    }
}
