using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Vigil.Tools;

/// <summary>A tool of the agent as a model is offered it: one and the same object for one definition, so that what is written of it once can be kept.</summary>
public sealed class ToolDeclaration : AIFunctionDeclaration
{
    private static readonly ConditionalWeakTable<ToolDefinition, ToolDeclaration> s_made = [];

    private readonly ToolDefinition _definition;

    private ToolDeclaration(ToolDefinition definition) => _definition = definition;

    public override string Name => _definition.Name;

    public override string Description => _definition.Description;

    public override JsonElement JsonSchema => _definition.Schema;

    /// <summary>The declaration of this very definition.</summary>
    public static ToolDeclaration Of(ToolDefinition definition) => s_made.GetValue(definition, static one => new ToolDeclaration(one));
}
